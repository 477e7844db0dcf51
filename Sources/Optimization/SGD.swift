import Configuration
import Kernels

/// Stochastic gradient descent with momentum, as PyTorch has it.
struct SGD: Optimizer {
  let settings: OptimizerSettings

  /// The momentum; nothing is kept without one.
  var slots: [String] { settings.momentum > 0 ? ["momentum_buffer"] : [] }

  func update(_ numbers: UpdateNumbers) -> SGDStep {
    SGDStep(
      update: SGDUpdate(
        learningRate: numbers.learningRate, weightDecay: numbers.weightDecay,
        momentum: settings.momentum, isNesterov: settings.nesterov,
        gradientScale: numbers.gradientScale))
  }
}

/// One update of weights that are treated alike.
struct SGDStep: WeightUpdate {
  let update: SGDUpdate

  func apply(to place: OwnedWeights, _ sums: SquareSums?) {
    update.apply(
      to: place.weights, place.range, gradient: place.gradient, buffer: place.state.first,
      at: place.start)
  }
}
