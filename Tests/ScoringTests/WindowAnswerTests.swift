import Testing

@testable import Scoring

@Suite("Answers from windows")
struct WindowAnswerTests {
  /// A context of five words, seen in two windows of [CLS], one token of a question, [SEP], three words and [SEP].
  private static let context = "ab cd ef gh ij"
  private static let places = (0..<5).map { 3 * $0..<(3 * $0 + 2) }
  private static let windows = ContextWindows([0..<3, 2..<5])

  /// Two rows of seven logits, 0 but for the given places.
  private static func logits(
    start: [Int: Float] = [:], end: [Int: Float] = [:]
  ) -> ArraySlice<Float> {
    let rows = [start, end].flatMap { row in (0..<7).map { row[$0] ?? 0 } }
    // A slice that does not begin at 0, as those of a whole set.
    return ([9, 9] + rows)[2...]
  }

  private func answer(
    _ logits: [ArraySlice<Float>], allowsNoAnswer: Bool = false
  ) throws -> SpanAnswer {
    var pool = AnswerPool(
      Self.windows, in: Array(Self.context.unicodeScalars),
      settings: AnswerPool.Settings(allowsNoAnswer: allowsNoAnswer))
    for (number, tokens) in Self.windows.ranges.enumerated() {
      try pool.add(
        WindowScores(logits[number], bestCount: 20), of: number, contextStart: 3,
        scalars: Array(Self.places[tokens]))
    }
    return pool.answer()
  }

  @Test("The best span of all windows is the text of the context that it covers")
  func best() throws {
    let first = try answer([
      Self.logits(start: [3: 5], end: [4: 5]), Self.logits(start: [4: 4], end: [5: 4]),
    ])
    #expect(first.best().text == "ab cd" && first.best().range == 0..<5)
    let second = try answer([
      Self.logits(start: [3: 5], end: [4: 5]), Self.logits(start: [4: 6], end: [5: 6]),
    ])
    #expect(second.best().text == "gh ij" && second.best().range == 9..<14)
    #expect(second.candidates[1].text == "ab cd" && second.nullOdds == nil)
  }

  @Test("The question, special tokens and padding are never answers, however high their logits")
  func outside() throws {
    let found = try answer([
      Self.logits(start: [0: 9, 1: 9, 2: 9, 5: 2], end: [0: 9, 1: 9, 2: 9, 6: 9, 5: 2]),
      Self.logits(start: [6: 9], end: [6: 9]),
    ])
    #expect(found.best().text == "ef")
  }

  @Test("Without an answer the lowest [CLS] of all windows is compared with the best span")
  func null() throws {
    let logits = [
      Self.logits(start: [0: 9, 3: 2], end: [0: 9, 3: 2]),
      Self.logits(start: [0: 1], end: [0: 2]),
    ]
    let found = try answer(logits, allowsNoAnswer: true)
    #expect(found.nullOdds == -1)
    #expect(found.best().text == "ab" && found.best(threshold: -2).text.isEmpty)
    #expect(found.best(threshold: -2).range == nil)
  }

  @Test("A logit that is not a number is an error")
  func notFinite() {
    #expect(throws: ScoringError.self) {
      try answer([Self.logits(), Self.logits(start: [4: .nan])])
    }
  }
}
