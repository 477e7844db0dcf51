import Comm
package import Model
package import Scoring

/// What an evaluation found of samples that have one class each.
///
/// Whole numbers alone: the tallies of any parts of a set add up to the same bits in any order, so that nothing
/// in them depends on ranks and threads.
package struct ClassTally: Sendable, Equatable {
  /// Which class was taken for which.
  package private(set) var confusion: ConfusionCounts
  /// How sure the model was.
  package private(set) var calibration = Calibration()

  /// No samples of `classes` classes.
  package init(classes: Int) {
    confusion = ConfusionCounts(classes: classes)
  }

  /// Adds what was said of samples.
  package mutating func add(_ outcomes: some Sequence<ClassOutcome>) {
    for outcome in outcomes {
      confusion.add(label: outcome.label, predicted: outcome.predicted)
      calibration.add(
        confidence: outcome.confidence, isCorrect: outcome.label == outcome.predicted)
    }
  }

  /// The sum of the tallies of all ranks.
  ///
  /// Collective.
  ///
  /// - Throws: `MPIError`.
  /// - Returns: the same on all ranks.
  func total(_ communicator: borrowing Communicator) throws(MPIError) -> ClassTally {
    let parts = try communicator.allGather(words)
    var total = ClassTally(classes: confusion.classes)
    for words in parts { total.add(words: words) }
    return total
  }

  /// The tally as numbers to be sent.
  var words: [Int64] { calibration.words + confusion.words }

  /// Adds the tally that ``words`` of the same number of classes gave.
  mutating func add(words: [Int64]) {
    calibration.add(words: words.prefix(Calibration.wordCount))
    confusion.add(words: words.dropFirst(Calibration.wordCount))
  }
}
