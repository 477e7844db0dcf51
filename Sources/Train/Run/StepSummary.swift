/// A step as the run reports it: the numbers in `metrics.jsonl`.
public struct StepSummary: Sendable, Equatable {
  /// The number of the step, from 1.
  public let step: Int
  /// The number of the epoch, from 1.
  public let epoch: Int
  /// Mean over the samples or, for text, over the predictions; in nats.
  public let loss: Double
  /// The share of right predictions, 0...1, by the weights before the step.
  public let accuracy: Double
  /// The learning rate of the step.
  public let learningRate: Double
  /// The norm of the mean gradient before it is clipped.
  public let gradientNorm: Double
  /// Samples of the step, on all ranks.
  public let samples: Int
  /// How long the step took on rank zero.
  public let seconds: Double
}
