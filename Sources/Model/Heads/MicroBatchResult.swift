import Kernels

/// The results of one or several micro-batches: sums, to be divided by the number of labels of all workers.
public struct MicroBatchResult: Sendable, Equatable {
  /// The loss in nats, summed over the labels in their order.
  public var lossSum = 0.0

  /// Labels with the highest score.
  public var correct = 0

  /// Labels among the five highest scores.
  public var correctTop5 = 0

  /// The number of samples.
  public var samples = 0

  /// The labels that count: one per image, and for text the predictions.
  public var labels = 0

  /// No samples.
  public init() {}

  /// The results of some samples.
  package init(lossSum: Double, correct: Int, correctTop5: Int, samples: Int, labels: Int) {
    self.lossSum = lossSum
    self.correct = correct
    self.correctTop5 = correctTop5
    self.samples = samples
    self.labels = labels
  }

  /// Adds the result of one label.
  mutating func add(_ outcome: SoftmaxCrossEntropy.Outcome) {
    lossSum += outcome.loss
    correct += outcome.rank == 0 ? 1 : 0
    correctTop5 += outcome.rank < 5 ? 1 : 0
    labels += 1
  }
}
