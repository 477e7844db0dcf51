import Reporting
import Scoring
import Testing

@testable import Train

@Suite("Scores of classes in a run")
struct ConfusionScoresTests {
  private static let matrix = [[4, 0, 1], [2, 3, 0], [0, 0, 5]]

  /// How often samples of each class were taken for each.
  private func counts(_ matrix: [[Int]]) -> ConfusionCounts {
    var confusion = ConfusionCounts(classes: matrix.count)
    for (label, row) in matrix.enumerated() {
      for (predicted, count) in row.enumerated() where count > 0 {
        confusion.add(label: label, predicted: predicted, times: count)
      }
    }
    return confusion
  }

  @Test("They are those of the whole matrix")
  func scores() {
    #expect(counts(Self.matrix).scores == ClassificationScores(Self.matrix))
  }

  @Test("People and programs see the F1 of the second of two classes, or the mean of more")
  func told() {
    #expect(counts(Self.matrix).scores.words.hasPrefix("macro F1 "))
    let two = counts([[3, 1], [2, 4]])
    #expect(
      two.scores.words == "F1 72.73 %, Matthews 0.4082 (always the most frequent class: 60.00 %)")
    for (confusion, hasF1) in [(two, true), (counts(Self.matrix), false)] {
      var line = JSONLine(event: "evaluation")
      confusion.record(in: &line)
      #expect(line.text.contains("\"f1\":") == hasF1)
      #expect(line.text.contains("\"predicted_classes\":\(confusion.classes),"))
      #expect(line.text.hasSuffix("\"majority_share\":\(confusion.scores.majorityShare)}"))
    }
  }
}
