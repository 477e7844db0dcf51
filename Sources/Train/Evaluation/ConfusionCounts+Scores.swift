import Reporting
package import Scoring

extension ConfusionCounts {
  /// The scores of one or more samples.
  package var scores: ClassificationScores {
    ClassificationScores(
      rows.map {
        ClassificationScores.Class(
          samples: $0.samples, predicted: $0.predicted, correct: $0.correct)
      })
  }

  /// Adds what the metrics of a run have of it.
  func record(in line: inout JSONLine) {
    line.add("predicted_classes", predictedClasses)
    let scores = scores
    if let f1 = scores.binaryF1 { line.add("f1", f1) }
    line.add("macro_f1", scores.macroF1)
    line.add("matthews_correlation", scores.matthews)
    line.add("majority_share", scores.majorityShare)
  }
}

extension ClassificationScores {
  /// What follows the accuracy, for people.
  package var words: String {
    let f1 = binaryF1.map { "F1 \(percent($0))" } ?? "macro F1 \(percent(macroF1))"
    return "\(f1), Matthews \(decimals(matthews, 4)) (always the most frequent class: "
      + "\(percent(majorityShare)))"
  }
}
