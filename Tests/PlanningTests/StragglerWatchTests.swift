import Testing

@testable import Planning

@Suite("Stragglers")
struct StragglerWatchTests {
  @Test("A rank that takes a fifth longer is named within twenty steps, with its cost, and once")
  func slow() throws {
    var watch = StragglerWatch(ranks: 3)
    var findings: [StragglerWatch.Change] = []
    for step in 1...60 {
      let noise = Double(step % 3) * 0.0025
      findings += watch.observe(counts: [4, 4, 4], secondsEach: [0.1, 0.1 + noise, 0.12 + noise])
      if step == 20 { #expect(findings.map(\.rank) == [2]) }
    }
    let only = try #require(findings.first)
    #expect(findings.count == 1)
    #expect(abs(only.costSeconds - 0.08) < 0.02 && abs(only.speed - 0.82) < 0.03, "\(only)")
  }

  @Test("A rank that recovers is reported too")
  func recovers() {
    var watch = StragglerWatch(ranks: 2)
    let slow = (1...15).flatMap { _ in watch.observe(counts: [1, 1], secondsEach: [1, 2]) }
    let fast = (1...15).flatMap { _ in watch.observe(counts: [1, 1], secondsEach: [1, 1]) }
    #expect(slow.map(\.rank) == [1] && fast.map(\.rank) == [1])
    #expect(fast.first?.costSeconds == 0)
  }

  @Test("Short steps are slow for a fifth of a second before they are named")
  func short() {
    var watch = StragglerWatch(ranks: 2)
    let seconds = [0.001, 0.002]
    let passing = (1...30).flatMap { _ in watch.observe(counts: [2, 2], secondsEach: seconds) }
    #expect(passing.isEmpty)
    let lasting = (31...70).flatMap { _ in watch.observe(counts: [2, 2], secondsEach: seconds) }
    #expect(lasting.map(\.rank) == [1])
  }

  @Test("Ranks that are slow now and then, and ranks with nothing to do, are left alone")
  func alarms() {
    var watch = StragglerWatch(ranks: 4)
    for step in 1...10_000 {
      let slow = step % 10 == 0 ? 5.0 : 1
      let found = watch.observe(counts: [1, 1, 0, 1], secondsEach: [1, slow, 9, 1])
      #expect(found.isEmpty)
    }
  }
}
