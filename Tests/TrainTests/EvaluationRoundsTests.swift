import Testing

@testable import Train

@Suite("Rounds of an evaluation")
struct EvaluationRoundsTests {
  /// The lengths of all rounds where a micro-batch takes so long.
  private func lengths(count: Int, seconds: Double) -> [Int] {
    var rounds = EvaluationRounds(count: count)
    var lengths: [Int] = []
    while rounds.left > 0 {
      lengths.append(rounds.length)
      rounds.ended(after: seconds * Double(rounds.length))
    }
    return lengths
  }

  @Test("Every micro-batch is in one round", arguments: [0, 1, 2, 7, 1000])
  func whole(count: Int) {
    for seconds in [0, 1e-9, 1e-3, 0.03, 5] {
      let lengths = lengths(count: count, seconds: seconds)
      #expect(lengths.reduce(0, +) == count && lengths.allSatisfy { $0 > 0 })
    }
  }

  @Test("Slow micro-batches come one by one, fast ones as many as take a tenth of a second")
  func fitting() {
    #expect(lengths(count: 5, seconds: 3) == [1, 1, 1, 1, 1])
    #expect(lengths(count: 40, seconds: 0.01) == [1, 4, 10, 10, 10, 5])
    #expect(lengths(count: 100, seconds: 0) == [1, 4, 16, 64, 15])
  }

  @Test("A round that was slow makes the next one short")
  func slower() {
    var rounds = EvaluationRounds(count: 100)
    rounds.ended(after: 0.001)
    rounds.ended(after: 0.4)
    #expect(rounds.length == 1)
  }
}
