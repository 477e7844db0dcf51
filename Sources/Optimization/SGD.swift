import Configuration
package import Kernels

/// Stochastic gradient descent with momentum, as PyTorch has it.
struct SGD: Optimizer {
  let settings: OptimizerSettings

  /// The momentum; nothing is kept without one.
  var slots: [String] { settings.momentum > 0 ? ["momentum_buffer"] : [] }

  func update(_ numbers: UpdateNumbers) -> SGDUpdate {
    SGDUpdate(
      learningRate: numbers.learningRate, weightDecay: numbers.weightDecay,
      momentum: settings.momentum, isNesterov: settings.nesterov,
      gradientScale: numbers.gradientScale)
  }
}

extension SGDUpdate: WeightUpdate {
  package func apply(to place: OwnedWeights, _ sums: SquareSums?) {
    apply(
      to: place.weights, place.range, gradient: place.gradient, buffer: place.state.first,
      at: place.start)
  }
}
