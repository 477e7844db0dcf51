import Testing

@testable import Scoring

@Suite("From logits to an answer")
struct AnswerPoolTests {
  private struct File: Decodable {
    struct Question: Decodable {
      struct Window: Decodable {
        let start, end: [Float]
      }
      let words: [String]
      let spans: [[Int]]
      let first: Int
      let windows: [Window]

      /// The answer, from windows in another order where `isReversed`.
      func answer(allowsNoAnswer: Bool, isReversed: Bool) throws -> SpanAnswer {
        var scalars: [Range<Int>] = []
        for word in words {
          let start = scalars.last.map { $0.upperBound + 1 } ?? 0
          scalars.append(start..<(start + word.unicodeScalars.count))
        }
        let ranges = spans.map { $0[0]..<($0[0] + $0[1]) }
        let context = words.joined(separator: " ")
        var pool = AnswerPool(
          ContextWindows(ranges), in: Array(context.unicodeScalars),
          settings: .init(allowsNoAnswer: allowsNoAnswer))
        for number in isReversed ? ranges.indices.reversed() : Array(ranges.indices) {
          #expect(!pool.isComplete)
          let logits = windows[number].start + windows[number].end
          // As from another rank.
          let sent = WindowScores(logits[...], bestCount: 20).words
          try pool.add(
            WindowScores(words: sent[...]), of: number, contextStart: first,
            scalars: Array(scalars[ranges[number]]))
        }
        #expect(pool.isComplete)
        let answer = pool.answer()
        for candidate in answer.candidates {
          guard let range = candidate.range else { continue }
          let covered = Array(context.unicodeScalars)[range]
          #expect(covered.elementsEqual(candidate.text.unicodeScalars))
        }
        return answer
      }
    }

    struct Case: Decodable {
      let negative: Bool
      let threshold: Double
      let questions: [Int]
    }

    let questions: [Question]
    let cases: [Case]
  }

  /// `text` with a letter in place of each probability, which it takes out: BERT's exponential is that of the C library.
  private func withoutProbabilities(_ text: String) -> (text: String, probabilities: [Double]) {
    let pattern = #/"probability": ([^,]+),/#
    return (
      text.replacing(pattern, with: "P"), text.matches(of: pattern).compactMap { Double($0.1) }
    )
  }

  @Test(
    "Three files equal those that BERT's script writes, whatever order windows come in",
    arguments: [false, true])
  func bert(isReversed: Bool) throws {
    let file = try Fixture.decode("windows.json", as: File.self)
    #expect(file.cases.count == 3)
    for (number, one) in file.cases.enumerated() {
      let answers = try one.questions.enumerated().map { index, question in
        (
          id: "q\(index)é",
          answer: try file.questions[question].answer(
            allowsNoAnswer: one.negative, isReversed: isReversed)
        )
      }
      let texts = answers.map { ($0.id, $0.answer.best(threshold: one.threshold).text) }
      #expect(
        try PredictionFile.predictions(texts) == Fixture.text("bert-\(number)-predictions.json"))
      let ours = withoutProbabilities(PredictionFile.bestCandidates(answers))
      let theirs = withoutProbabilities(try Fixture.text("bert-\(number)-nbest.json"))
      #expect(ours.text == theirs.text)
      #expect(ours.probabilities.count == theirs.probabilities.count)
      #expect(zip(ours.probabilities, theirs.probabilities).allSatisfy(isNear))
      if one.negative {
        let odds = try answers.map { ($0.id, try #require($0.answer.nullOdds)) }
        #expect(try PredictionFile.nullOdds(odds) == Fixture.text("bert-\(number)-odds.json"))
      } else {
        #expect(answers.allSatisfy { $0.answer.nullOdds == nil })
      }
    }
  }

  /// One window: [CLS], a question of one token, [SEP], then the context's tokens.
  private func answer(
    _ context: String, _ scalars: [Range<Int>], start: [Float], end: [Float],
    allowsNoAnswer: Bool = false
  ) throws -> SpanAnswer {
    var pool = AnswerPool(
      ContextWindows([0..<scalars.count]), in: Array(context.unicodeScalars),
      settings: .init(allowsNoAnswer: allowsNoAnswer))
    try pool.add(
      WindowScores((start + end)[...], bestCount: 20), of: 0, contextStart: 3, scalars: scalars)
    return pool.answer()
  }

  @Test("A blank that a piece covers is not part of the answer, and an empty piece moves on")
  func whiteSpace() throws {
    // SentencePiece: the blank before a word belongs to it; a ligature's first piece may have the blank alone.
    let found = try answer(
      "the\u{a0} ﬁnal", [0..<3, 3..<5, 5..<9], start: [0, 0, 0, 1, 9, 2, 0],
      end: [0, 0, 0, 0, 1, 8, 0])
    #expect(found.best().text == "ﬁnal" && found.best().range == 5..<9)
    // The blanks alone are no answer, and the same text does not come twice.
    #expect(found.candidates.map(\.text) == ["ﬁnal", "the\u{a0} ﬁnal", "the"])
    #expect(found.candidates.map(\.probability).reduce(0, +).isNearOne)
  }

  @Test("Texts that Swift takes for equal are two answers")
  func distinct() throws {
    let found = try answer(
      "\u{e9} e\u{301}", [0..<1, 2..<4], start: [0, 0, 0, 3, 2, 0], end: [0, 0, 0, 3, 2, 0])
    #expect(found.candidates.prefix(3).map { $0.text.unicodeScalars.count } == [1, 4, 2])
  }

  @Test("Without a valid pair the answer is BERT's word, or none where that is allowed")
  func empty() throws {
    // The 20 best starts and ends are all outside of the context.
    let outside = [Float](repeating: 9, count: 21)
    let (starts, ends) = (outside + [1, 1], outside + [1, 1])
    for allowsNoAnswer in [false, true] {
      var pool = AnswerPool(
        ContextWindows([0..<2]), in: ["a", "b"], settings: .init(allowsNoAnswer: allowsNoAnswer))
      try pool.add(
        WindowScores((starts + ends)[...], bestCount: 20), of: 0, contextStart: 21,
        scalars: [0..<1, 1..<2])
      let found = pool.answer()
      #expect(found.candidates[0].text == "empty" && found.candidates[0].range == nil)
      #expect(found.best().text == (allowsNoAnswer ? "" : "empty"))
      #expect(found.nullOdds == (allowsNoAnswer ? 18 : nil))
    }
  }

  @Test("A blank context has no tokens, and no passage")
  func blank() throws {
    let found = try answer(" ", [], start: [1, 0, 0], end: [1, 0, 0], allowsNoAnswer: true)
    #expect(found.candidates.map(\.text) == ["empty", ""] && found.best().text.isEmpty)
  }

  @Test("The threshold decides between the best passage and none")
  func threshold() throws {
    let found = try answer(
      "ab", [0..<1, 1..<2], start: [2, 0, 0, 1, 0, 0], end: [2, 0, 0, 1, 0, 0],
      allowsNoAnswer: true)
    #expect(found.nullOdds == 2)
    #expect(found.candidates[0].text.isEmpty && found.best().text.isEmpty)
    #expect(found.best(threshold: 2).text == "a" && found.best(threshold: 1.9).text.isEmpty)
  }

  @Test("A logit that is not finite is refused, with the window and the token")
  func notFinite() {
    let error = #expect(throws: ScoringError.self) {
      try answer("a", [0..<1], start: [0, 0, 0, 1], end: [0, 0, .nan, 1])
    }
    #expect(error?.description.contains("window 1 of a question: the logits of token 3") == true)
  }

  @Test("A token has its largest context in one window, the first of equal ones")
  func maximumContext() {
    let windows = ContextWindows([0..<5, 2..<7, 4..<9])
    let owners = (0..<9).map { token in
      windows.ranges.indices.filter {
        windows.ranges[$0].contains(token) && windows.hasMaximumContext(token: token, in: $0)
      }
    }
    #expect(owners == [[0], [0], [0], [0], [1], [1], [2], [2], [2]])
  }
}

extension Double {
  fileprivate var isNearOne: Bool { abs(self - 1) < 1e-12 }
}
