/// What a batch of samples gave: sums, to be divided by the number of samples of all workers.
public struct BatchResult: Sendable, Equatable {
  /// The loss in nats, summed over the samples in their order.
  public var lossSum = 0.0

  /// Samples whose label scores highest.
  public var correct = 0

  /// Samples whose label is among the five highest scores.
  public var correctTop5 = 0

  /// The number of samples.
  public var samples = 0

  /// No samples.
  public init() {}
}
