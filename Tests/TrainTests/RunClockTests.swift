import Testing

@testable import Train

@Suite("Run clock")
struct RunClockTests {
  private func clock(minutes: Double) -> RunClock {
    RunClock(minutes: minutes, from: .now, checkpointBytes: 100_000_000, megabytesPerSecond: 20)
  }

  @Test("Without a limit it never runs out; it knows how long a stop takes")
  func bound() {
    var clock = clock(minutes: 0)
    for seconds in [3.0, 2] { clock.note(stepOf: seconds) }
    #expect(clock.stop == nil)
    #expect(clock.saveSeconds == 5 && clock.stopSeconds == 13)
    let turns = [clock.takeTurnToTell(), clock.takeTurnToTell()]
    #expect(turns == [true, false])
  }

  @Test("It is reported again if a checkpoint takes much longer than the disk promised")
  func slowerDisk() {
    var clock = clock(minutes: 0)
    clock.note(stepOf: 3)
    var turns = [clock.takeTurnToTell()]
    clock.note(saveOf: 6)
    turns.append(clock.takeTurnToTell())
    clock.note(saveOf: 20)
    turns.append(clock.takeTurnToTell())
    #expect(turns == [true, false, true])
    #expect(clock.saveSeconds == 20 && clock.stopSeconds == 43)
  }

  @Test("A stop takes a round of an evaluation where steps are shorter")
  func rounds() {
    let clock = clock(minutes: 0)
    #expect(clock.stopSeconds == 10 + EvaluationRounds.wantedSeconds)
  }

  @Test("It runs out while a step and a stop still fit, the longer the earlier")
  func limit() throws {
    var clock = clock(minutes: 1)
    let now = ContinuousClock.now
    clock.note(stepOf: 1)
    let early = try #require(clock.stop)
    #expect(now + .seconds(43) < early && early < now + .seconds(44))
    clock.note(stepOf: 11)
    #expect(try #require(clock.stop) == early - .seconds(15))
  }
}
