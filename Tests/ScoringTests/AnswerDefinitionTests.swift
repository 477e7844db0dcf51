import Testing

@testable import Scoring

/// What is kept while windows come and go gives what a list of everything would.
@Suite("Answers equal their definition")
struct AnswerDefinitionTests {
  @Test("A pool has the best of all pairs of all windows, with ties, in any order of windows")
  func answers() throws {
    var numbers = RepeatableNumbers(state: 17)
    var (ties, several, full) = (0, 0, 0)
    for number in 0..<400 {
      let asked = AskedAtRandom(&numbers)
      let expected = asked.defined
      let sums = expected.candidates.map { $0.startLogit + $0.endLogit }
      ties += Set(sums).count < sums.count ? 1 : 0
      several += asked.ranges.count > 2 ? 1 : 0
      full += expected.candidates.count >= asked.settings.bestCount ? 1 : 0
      for order in [Array(asked.ranges.indices), asked.ranges.indices.shuffled(using: &numbers)] {
        let found = try asked.pooled(order)
        let candidates = found.candidates.map { candidate in
          var bare = candidate
          bare.probability = 1
          return bare
        }
        #expect(candidates == expected.candidates, "question \(number): \(asked)")
        let whole = SpanAnswer(
          candidates: expected.candidates, nullScore: expected.nullScore)
        #expect(found.nullOdds == whole.nullOdds, "question \(number): \(asked)")
      }
    }
    // Questions of which each rule decides something.
    #expect(ties > 20 && several > 20 && full > 20)
  }

  @Test("A token has most context where it has it among all windows")
  func maximumContext() {
    var numbers = RepeatableNumbers(state: 5)
    for _ in 0..<100 {
      let (count, room) = (
        Int.random(in: 1...40, using: &numbers), Int.random(in: 1...12, using: &numbers)
      )
      let ranges = AskedAtRandom.windows(
        of: count, room: room, step: .random(in: 1...room, using: &numbers))
      let windows = ContextWindows(ranges)
      for (number, range) in ranges.enumerated() {
        for token in range {
          #expect(
            windows.hasMaximumContext(token: token, in: number)
              == AskedAtRandom.hasMaximumContext(token: token, in: number, of: ranges),
            "token \(token) in window \(number) of \(ranges)")
        }
      }
    }
  }

  @Test("The numbers that ranks send of a window are its scores, also where a logit is not finite")
  func words() {
    var numbers = RepeatableNumbers(state: 3)
    for length in [1, 2, 19, 20, 21, 384] {
      var logits = (0..<(2 * length)).map { _ in Float.random(in: -9...9, using: &numbers) }
      let scores = WindowScores(logits[...], bestCount: 20)
      #expect(scores.words.count == 4 + 4 * min(length, 20) && scores.length == length)
      #expect(WindowScores(words: ([0] + scores.words)[1...]) == scores)
      #expect(scores.starts.first?.logit == logits[..<length].max())
      #expect(scores.noAnswerStart == logits[0] && scores.noAnswerEnd == logits[length])
      logits[2 * length - 1] = .nan
      let damaged = WindowScores(logits[...], bestCount: 20)
      #expect(damaged.firstNotFinite == length - 1 && damaged.words.count == scores.words.count)
      #expect(WindowScores(words: damaged.words[...]) == damaged)
    }
  }
}
