import Testing

@testable import Scoring

@Suite("Scores of a set of questions")
struct QuestionSetScoreTests {
  private struct Question: Decodable {
    let gold: [String]
    let prediction: String?
    let odds: Double?
  }

  private struct Set: Decodable {
    let version: Int
    let questions: [Question]
    let threshold: Double?
    let result: [String: Double]

    var answered: [AnsweredQuestion] {
      questions.map {
        AnsweredQuestion(gold: $0.gold, prediction: $0.prediction, nullOdds: $0.odds)
      }
    }
  }

  private func sets(version: Int) throws -> [Set] {
    let sets = try Fixture.decode("sets.json", as: [Set].self).filter { $0.version == version }
    #expect(sets.count >= 5)
    return sets
  }

  @Test("v1.1 equals the official script to the last digit, with missing predictions too")
  func version1() throws {
    for set in try sets(version: 1) {
      let scores = try SQuAD1Scores(set.answered)
      #expect(scores.exactMatch == set.result["exact_match"])
      #expect(scores.f1 == set.result["f1"])
      #expect(scores.questions == set.questions.count)
      #expect(scores.missing == set.questions.count { $0.prediction == nil })
    }
  }

  @Test("v2.0 equals the official script to the last digit: all, each kind, the best thresholds")
  func version2() throws {
    for set in try sets(version: 2) {
      let scores = try SQuAD2Scores(set.answered, threshold: try #require(set.threshold))
      var result: [String: Double] = [
        "exact": scores.all.exact, "f1": scores.all.f1, "total": Double(scores.all.total),
      ]
      for (name, part) in [("HasAns", scores.answerable), ("NoAns", scores.unanswerable)] {
        result["\(name)_exact"] = part?.exact
        result["\(name)_f1"] = part?.f1
        result["\(name)_total"] = part.map { Double($0.total) }
      }
      for (name, best) in [("exact", scores.bestExact), ("f1", scores.bestF1)] {
        result["best_\(name)"] = best?.score
        result["best_\(name)_thresh"] = best?.threshold
      }
      #expect(result == set.result)
    }
  }

  @Test("v1.1 refuses a question without an answer, v2.0 a set without predictions")
  func errors() {
    let none = AnsweredQuestion(gold: [], prediction: "")
    let some = AnsweredQuestion(gold: ["cat"], prediction: nil)
    let first = #expect(throws: ScoringError.self) { try SQuAD1Scores([some, none]) }
    #expect(first?.description.hasPrefix("question 2 of 2 has no correct answer") == true)
    let second = #expect(throws: ScoringError.self) { try SQuAD2Scores([some, some]) }
    #expect(second?.description.hasPrefix("none of 2 questions has a prediction") == true)
  }
}
