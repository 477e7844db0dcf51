/// SGD of one number in `Double`, statement by statement as PyTorch's documentation has it.
public struct ReferenceSGD {
  /// The number and its momentum.
  public var weight: Double, buffer = 0.0

  /// A number before the first step.
  public init(weight: Double) {
    self.weight = weight
  }

  /// One step.
  public mutating func update(
    gradient: Double, learningRate: Double, weightDecay: Double, momentum: Double, isNesterov: Bool
  ) {
    var gradient = gradient
    gradient += weightDecay * weight
    if momentum != 0 {
      buffer = momentum * buffer + gradient
      gradient = isNesterov ? gradient + momentum * buffer : buffer
    }
    weight -= learningRate * gradient
  }
}
