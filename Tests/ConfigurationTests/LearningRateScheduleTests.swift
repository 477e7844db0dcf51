import Testing

@testable import Configuration

@Suite("Learning rate")
struct LearningRateScheduleTests {
  private func schedule(_ kind: LearningRateSchedule.Kind) -> LearningRateSchedule {
    LearningRateSchedule(kind: kind, peak: 0.4, minimum: 0.1, warmupSteps: 10, steps: 110)
  }

  @Test("Warm-up gives step s the rate peak · s / W", arguments: LearningRateSchedule.Kind.allCases)
  func warmup(kind: LearningRateSchedule.Kind) {
    let schedule = schedule(kind)
    #expect(schedule.rate(at: 1) == 0.4 * 1 / 10)
    #expect(schedule.rate(at: 5) == 0.4 * 5 / 10)
    #expect(schedule.rate(at: 10) == 0.4)
  }

  @Test("The shapes after the warm-up")
  func shapes() {
    #expect(abs(schedule(.cosine).rate(at: 60) - 0.25) < 1e-15)
    #expect(abs(schedule(.linear).rate(at: 35) - 0.325) < 1e-15)
    #expect(schedule(.constant).rate(at: 110) == 0.4)
    #expect(abs(schedule(.cosine).rate(at: 110) - 0.1) < 1e-15)
    #expect(abs(schedule(.linear).rate(at: 110) - 0.1) < 1e-15)
  }

  @Test("No warm-up, and a run that is all warm-up")
  func borders() {
    let short = LearningRateSchedule(
      kind: .cosine, peak: 1, minimum: 0, warmupSteps: 20, steps: 10)
    #expect(short.rate(at: 10) == 0.5)
    let none = LearningRateSchedule(kind: .linear, peak: 1, minimum: 0, warmupSteps: 0, steps: 4)
    #expect(none.rate(at: 1) == 0.75)
    #expect(none.rate(at: 4) == 0)
  }
}
