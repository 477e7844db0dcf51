import Configuration
import Kernels

/// Adam with decoupled weight decay.
///
/// - Note: Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
struct AdamW: Optimizer {
  let settings: OptimizerSettings

  /// Means of the gradients, and of their squares.
  let slots = ["exp_avg", "exp_avg_sq"]

  func update(_ numbers: UpdateNumbers) -> AdamWStep {
    AdamWStep(
      update: AdamWUpdate(
        learningRate: numbers.learningRate, weightDecay: numbers.weightDecay,
        beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
        step: numbers.number, gradientScale: numbers.gradientScale))
  }
}

/// One update of weights that are treated alike.
struct AdamWStep: WeightUpdate {
  let update: AdamWUpdate

  func apply(to place: OwnedWeights, _ sums: SquareSums?) {
    update.apply(
      to: place.weights, place.range, gradient: place.gradient, firstMoment: place.state[0],
      secondMoment: place.state[1], at: place.start)
  }
}
