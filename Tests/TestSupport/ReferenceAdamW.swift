import Glibc

/// AdamW of one number in `Double`, statement by statement as PyTorch's documentation has it.
public struct ReferenceAdamW {
  /// The number and its moments.
  public var weight: Double, firstMoment = 0.0, secondMoment = 0.0

  private var step = 0

  /// A number before the first step.
  public init(weight: Double) {
    self.weight = weight
  }

  /// One step.
  public mutating func update(
    gradient: Double, learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double,
    epsilon: Double
  ) {
    step += 1
    weight -= learningRate * weightDecay * weight
    firstMoment = beta1 * firstMoment + (1 - beta1) * gradient
    secondMoment = beta2 * secondMoment + (1 - beta2) * gradient * gradient
    let corrected = firstMoment / (1 - pow(beta1, Double(step)))
    let deviation = (secondMoment / (1 - pow(beta2, Double(step)))).squareRoot() + epsilon
    weight -= learningRate * corrected / deviation
  }
}
