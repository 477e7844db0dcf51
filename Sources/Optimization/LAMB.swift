import Configuration
import Kernels

/// Adam's step, scaled to the norm of each tensor that decays.
///
/// - Note: Source: You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
///   arXiv 1904.00962.
struct LAMB: Optimizer {
  let settings: OptimizerSettings

  /// Means of the gradients, and of their squares.
  let slots = ["exp_avg", "exp_avg_sq"]

  func update(_ numbers: UpdateNumbers) -> LAMBStep {
    LAMBStep(
      update: LAMBUpdate(
        learningRate: numbers.learningRate, weightDecay: numbers.weightDecay,
        beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
        step: numbers.number, gradientScale: numbers.gradientScale),
      needsNorms: numbers.weightDecay > 0)
  }
}

/// One update of weights that are treated alike: Adam's for biases and gains, which do not decay.
struct LAMBStep: WeightUpdate {
  let update: LAMBUpdate
  let needsNorms: Bool

  func prepare(_ place: OwnedWeights) -> SquareSums {
    update.prepare(
      place.weights, place.range, gradient: place.gradient, firstMoment: place.state[0],
      secondMoment: place.state[1], at: place.start)
  }

  func apply(to place: OwnedWeights, _ sums: SquareSums?) {
    if !needsNorms { _ = prepare(place) }
    update.apply(
      to: place.weights, place.range, firstMoment: place.state[0], secondMoment: place.state[1],
      at: place.start, sums)
  }
}
