import Testing

@testable import Planning

@Suite("Work balance")
struct WorkBalanceTests {
  @Test("Micro-batches go to whoever is done first; each worker keeps one")
  func counts() {
    #expect(WorkBalance.counts(of: 24, seconds: [1, 1, 1, 1]) == [6, 6, 6, 6])
    #expect(WorkBalance.counts(of: 24, seconds: [1, 2, 1, 1]) == [7, 3, 7, 7])
    #expect(WorkBalance.counts(of: 5, seconds: [1, 100, 1]) == [2, 1, 2])
    #expect(WorkBalance.counts(of: 3, seconds: [9, 1, 5]) == [1, 1, 1])
  }

  @Test(
    "No cut of the work is better than the one it finds", arguments: [[1.0, 2, 3], [5, 1, 1]])
  func best(seconds: [Double]) {
    let found = WorkBalance.longest(WorkBalance.counts(of: 12, seconds: seconds), seconds)
    for first in 1...10 {
      for second in 1...(11 - first) {
        let other = WorkBalance.longest([first, second, 12 - first - second], seconds)
        #expect(found <= other, "\([first, second])")
      }
    }
  }

  @Test("A worker at half speed loses micro-batches within twenty steps, and gets them back")
  func moves() throws {
    let balance = WorkBalance(microBatches: 24, workers: 4, isEnabled: true)
    var slowness = 2.0
    func step() -> [Int]? {
      let assignment = balance.assignment
      let seconds = assignment.enumerated().map {
        Double($1.count) * ($0 == 1 ? slowness : 1)
      }
      return balance.observe(assignment, seconds)
    }
    let moves = (1...20).compactMap { _ in step() }
    #expect(try #require(moves.last) == [7, 3, 7, 7])
    #expect(balance.assignment.map(\.count) == [7, 3, 7, 7])
    #expect(balance.assignment.last?.upperBound == 24)
    // What the workers of a host compute stays one range, whose sums are whole nodes.
    for (left, right) in zip(balance.assignment, balance.assignment.dropFirst()) {
      #expect(left.upperBound == right.lowerBound)
    }
    #expect((1...100).allSatisfy { _ in step() == nil }, "moved without a reason")
    slowness = 1
    #expect((1...40).compactMap { _ in step() }.last == [6, 6, 6, 6])
  }

  @Test("Switched off, it moves nothing")
  func off() {
    let balance = WorkBalance(microBatches: 24, workers: 4, isEnabled: false)
    for _ in 1...50 { #expect(balance.observe(balance.assignment, [9, 1, 1, 1]) == nil) }
    #expect(balance.assignment == Coordinator.evenly(24, over: 4))
  }

  @Test("A step that was planned before a move does not count for the next one")
  func planned() {
    let balance = WorkBalance(microBatches: 8, workers: 2, isEnabled: true)
    let old = balance.assignment
    while balance.observe(balance.assignment, [1, 4]) == nil {}
    for _ in 1...50 { #expect(balance.observe(old, [1, 4]) == nil) }
  }
}
