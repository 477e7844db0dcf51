import Testing

@testable import Scoring

@Suite("Exact match and F1 of one answer")
struct AnswerScoreTests {
  private struct Pair: Decodable {
    let prediction, gold, normalized: String
    let exact, f1V1, f1V2: Double

    private enum CodingKeys: String, CodingKey {
      case prediction, gold, normalized, exact
      case f1V1 = "f1_v1"
      case f1V2 = "f1_v2"
    }
  }

  @Test("Hundreds of pairs score as in the official scripts, to the last digit")
  func pairs() throws {
    let pairs = try Fixture.decode("answer-pairs.json", as: [Pair].self)
    #expect(pairs.count > 380)
    for pair in pairs {
      let (prediction, gold) = (NormalizedAnswer(pair.prediction), NormalizedAnswer(pair.gold))
      #expect(
        prediction.text.unicodeScalars.elementsEqual(pair.normalized.unicodeScalars), "\(pair)")
      let one = AnswerScore(prediction, against: gold, rules: .version1)
      #expect(one.exact == pair.exact && one.f1 == pair.f1V1, "\(pair): \(one)")
      let two = AnswerScore(prediction, against: gold, rules: .version2)
      #expect(two.exact == pair.exact && two.f1 == pair.f1V2, "\(pair): \(two)")
    }
  }

  @Test("Letters with accents of their own are not those that have them, though Swift says so")
  func canonicalEquivalence() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    #expect(composed == decomposed)
    let score = AnswerScore(composed, againstAny: [decomposed], rules: .version1)
    #expect(score == AnswerScore(exact: 0, f1: 0))
  }

  @Test("The best exact match and the best F1 may come from different correct answers")
  func maxima() {
    let score = AnswerScore(
      "big cat", againstAny: ["dog", "big black cat", "cat"], rules: .version1)
    #expect(score == AnswerScore(exact: 0, f1: 0.8))
  }

  @Test("Where nothing is left of an answer the versions differ")
  func nothingLeft() {
    #expect(
      AnswerScore("the", againstAny: ["A."], rules: .version1) == AnswerScore(exact: 1, f1: 0))
    #expect(
      AnswerScore("the", againstAny: ["A."], rules: .version2) == AnswerScore(exact: 1, f1: 1))
    // The article is no correct answer to be matched; the cat remains.
    #expect(
      AnswerScore("", againstAny: ["the", "cat"], rules: .version2) == AnswerScore(exact: 0, f1: 0))
    #expect(AnswerScore("", againstAny: [], rules: .version2) == AnswerScore(exact: 1, f1: 1))
  }
}
