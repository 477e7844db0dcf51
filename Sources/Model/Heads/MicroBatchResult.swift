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

  /// The labels that count: one for a class, two for a span, and of hidden tokens each.
  public var labels = 0

  /// What was said of each sample, in their order: where it is asked for, and a sample has one class.
  public var outcomes: [ClassOutcome]?

  /// The logits of each sample, in their order, where they are asked for.
  public var logits: [Float]?

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

  /// Adds the results of the two labels of a span, which is right where both ends are.
  ///
  /// Then both labels are, so that the share of right labels is that of right spans.
  mutating func add(start: SoftmaxCrossEntropy.Outcome, end: SoftmaxCrossEntropy.Outcome) {
    lossSum += start.loss
    lossSum += end.loss
    correct += start.rank == 0 && end.rank == 0 ? 2 : 0
    correctTop5 += start.rank < 5 && end.rank < 5 ? 2 : 0
    labels += 2
  }

  /// Adds the result of one label.
  mutating func add(_ outcome: SoftmaxCrossEntropy.Outcome, label: Int) {
    lossSum += outcome.loss
    correct += outcome.rank == 0 ? 1 : 0
    correctTop5 += outcome.rank < 5 ? 1 : 0
    labels += 1
    if let prediction = outcome.prediction {
      outcomes?.append(
        ClassOutcome(
          label: label, predicted: prediction.label, confidence: prediction.probability))
    }
  }
}

extension MicroBatchResult {
  /// Mean cross-entropy of a label in nats.
  package var loss: Double { lossSum / divisor }

  /// Share of the labels that were found.
  package var accuracy: Double { Double(correct) / divisor }

  /// Share of the labels that were among the five most probable.
  package var accuracyTop5: Double { Double(correctTop5) / divisor }

  /// What sums over the labels are divided by: text may have none that counts.
  package var divisor: Double { Double(max(labels, 1)) }
}

extension MicroBatchResult {
  /// The number of doubles that ``words`` has.
  package static let wordCount = 5

  /// The result as numbers that doubles hold exactly.
  package var words: [Double] {
    [lossSum, Double(correct), Double(correctTop5), Double(samples), Double(labels)]
  }

  /// The sum over `results`, added in their order.
  package static func total(_ results: [MicroBatchResult]) -> MicroBatchResult {
    results.reduce(into: MicroBatchResult()) { total, result in
      total.lossSum += result.lossSum
      total.correct += result.correct
      total.correctTop5 += result.correctTop5
      total.samples += result.samples
      total.labels += result.labels
    }
  }
}

extension [MicroBatchResult] {
  /// Results that were sent as their words, one after the other.
  package init(words: [Double]) {
    let length = MicroBatchResult.wordCount
    precondition(words.count % length == 0, "\(words.count) words of results")
    self = []
    for start in stride(from: 0, to: words.count, by: length) {
      append(
        MicroBatchResult(
          lossSum: words[start], correct: Int(words[start + 1]),
          correctTop5: Int(words[start + 2]), samples: Int(words[start + 3]),
          labels: Int(words[start + 4])))
    }
  }
}

/// What a model said of one sample that has one class.
public struct ClassOutcome: Sendable, Equatable {
  /// The class that the sample has.
  public let label: Int

  /// The class that scored highest, of equal ones that with the lowest number.
  public let predicted: Int

  /// The probability that the model gave to the latter, above 0 and at most 1.
  public let confidence: Double

  /// What was said of a sample of class `label`.
  public init(label: Int, predicted: Int, confidence: Double) {
    self.label = label
    self.predicted = predicted
    self.confidence = confidence
  }
}
