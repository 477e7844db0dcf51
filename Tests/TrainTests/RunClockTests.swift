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
    let stops = [3.0, 2].map { clock.note(stepOf: $0) }
    #expect(stops == [false, false])
    #expect(clock.saveSeconds == 5 && clock.stopSeconds == 13)
    let turns = [clock.takeTurnToTell(), clock.takeTurnToTell()]
    #expect(turns == [true, false])
  }

  @Test("It runs out while the next step and a stop still fit")
  func limit() {
    var early = clock(minutes: 1)
    let isEarly = early.note(stepOf: 1)
    var late = clock(minutes: 0.25)
    let isLate = late.note(stepOf: 1)
    #expect(!isEarly && isLate)
  }
}
