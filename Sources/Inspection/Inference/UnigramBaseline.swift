import Batches
import Configuration
import Datasets
import Platform
import Supervision
import Train

/// How much of hidden text is found by always saying what is hidden most often.
struct UnigramBaseline: Sendable, Equatable {
  /// The share of the most frequent token among those hidden.
  let accuracy: Double
  /// The share of the five most frequent.
  let accuracyTop5: Double

  /// Counts the labels that an evaluation of `source` has.
  ///
  /// - Throws: `DatasetError` if a sequence cannot be read, ``CommandError`` if it is asked to stop.
  init(_ source: any SampleSource, _ configuration: TrainingConfiguration) throws {
    let maker = source.batchMaker(configuration.batchSettings(.evaluation))
    var counts: [Int32: Int] = [:]
    for sample in 0..<source.count {
      if Signals.stops {
        throw CommandError("the evaluation was asked to stop", exitCode: .stopped)
      }
      let labels = try maker.makeBatch(of: [sample], epoch: 0).labels
      for label in labels where label != Batch.ignoredLabel {
        counts[label, default: 0] += 1
      }
    }
    self.init(counts: counts)
  }

  /// The shares of labels that occur so often.
  init(counts: [Int32: Int]) {
    let total = Double(max(counts.values.reduce(0, +), 1))
    let most = counts.values.sorted(by: >)
    accuracy = Double(most.first ?? 0) / total
    accuracyTop5 = Double(most.prefix(5).reduce(0, +)) / total
  }
}
