package import Model

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
