import Profiling
import Testing

@Suite("Phase clock")
struct PhaseClockTests {
  private let begin = ContinuousClock.now

  @Test("The phases add up to the time from the start to the stop")
  func addUp() {
    let clock = PhaseClock()
    clock.start(at: begin)
    for phase in Phase.allCases + [.data, .data, .optimizer] { clock.enter(phase) }
    let reading = clock.stop(at: begin + .seconds(3_600))
    #expect(reading.durations.values.reduce(.zero, +) == .seconds(3_600))
    // What was entered last has the rest of the hour.
    #expect((reading.durations[.optimizer] ?? .zero) > .seconds(3_590))
    #expect(Set(reading.durations.keys) == Set(Phase.allCases))
  }

  @Test("A stopped clock measures nothing, and a new start resets it")
  func stands() {
    let clock = PhaseClock()
    clock.enter(.data)
    #expect(clock.stop(at: begin).durations.isEmpty)
    clock.start(at: begin)
    clock.enter(.data)
    _ = clock.stop(at: begin + .seconds(10))
    clock.enter(.gather)
    clock.start(at: begin)
    #expect(clock.stop(at: begin + .seconds(1)).durations == [.other: .seconds(1)])
  }

  @Test("Spans are recorded from when it was asked for, up to the limit")
  func spans() {
    let clock = PhaseClock()
    clock.start(at: begin)
    clock.enter(.data)
    clock.recordSpans(limit: 3)
    clock.enter(.forward(.norm))
    clock.record(.microBatch(7), since: begin)
    clock.enter(.backward(.norm))
    clock.enter(.backward(.norm))
    clock.enter(.optimizer)
    let reading = clock.stop(at: .now)
    let events: [TimeSpan.Event] = [.phase(.data), .microBatch(7), .phase(.forward(.norm))]
    #expect(reading.spans.map(\.event) == events)
    // The gradient's norm pass and the optimizer found no room.
    #expect(reading.omittedSpans == 2)
    #expect(reading.spans.allSatisfy { $0.start >= 0 && $0.seconds >= 0 })
  }

  @Test("Every phase has a name of its own")
  func names() {
    #expect(Set(Phase.allCases.map(\.name)).count == Phase.allCases.count)
  }
}
