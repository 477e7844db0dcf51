import Testing

@testable import Scoring

@Suite("Scores of classes")
struct ClassificationScoreTests {
  private struct Entry: Decodable {
    let counts: [[Int]]
    let accuracy, macroF1, microF1, matthews: Double
    let f1, precision, recall: [Double]

    private enum CodingKeys: String, CodingKey {
      case counts, accuracy, matthews, f1, precision, recall
      case macroF1 = "macro_f1"
      case microF1 = "micro_f1"
    }
  }

  @Test("They are those of scikit-learn, with classes that never occur too")
  func reference() throws {
    let entries = try Fixture.decode("confusions.json", as: [Entry].self)
    #expect(entries.count == 14)
    for entry in entries {
      let scores = ClassificationScores(entry.counts)
      #expect(scores.accuracy == entry.accuracy, "\(entry)")
      #expect(scores.microF1 == entry.microF1, "\(entry)")
      #expect(isNear(scores.macroF1, entry.macroF1), "\(entry): \(scores.macroF1)")
      #expect(isNear(scores.matthews, entry.matthews), "\(entry): \(scores.matthews)")
      #expect(scores.classes.map(\.f1) == entry.f1, "\(entry)")
      #expect(scores.classes.map(\.precision) == entry.precision, "\(entry)")
      #expect(scores.classes.map(\.recall) == entry.recall, "\(entry)")
    }
  }

  @Test("F1 of two classes is that of the second; more classes have none")
  func binary() {
    let scores = ClassificationScores([[3, 1], [2, 4]])
    #expect(scores.binaryF1 == 8.0 / 11 && scores.binaryF1 == scores.classes[1].f1)
    #expect(ClassificationScores([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).binaryF1 == nil)
    #expect(ClassificationScores([[5]]).binaryF1 == nil)
  }

  @Test("The majority is the first of the most frequent classes")
  func majority() {
    let scores = ClassificationScores([[1, 1, 0], [0, 3, 1], [4, 0, 0]])
    #expect(scores.majorityClass == 1 && scores.majorityShare == 0.4)
  }

  @Test("A model that predicts one class for every sample has failed, unless there is no other")
  func degenerate() {
    #expect(ClassificationScores([[0, 4], [0, 9]]).isDegenerate)
    #expect(ClassificationScores([[4, 0], [9, 0]]).isDegenerate)
    #expect(!ClassificationScores([[4, 0], [8, 1]]).isDegenerate)
    #expect(!ClassificationScores([[0, 0], [0, 9]]).isDegenerate)
  }
}
