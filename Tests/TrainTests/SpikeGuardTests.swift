import Checkpoints
import Testing

@testable import Train

@Suite("Loss spikes")
struct SpikeGuardTests {
  private func warm() -> TrainingProgress {
    var progress = TrainingProgress()
    for step in 0..<200 {
      let loss = 2 + 0.1 * Double(step % 5)
      let score = progress.guardAgainstSpike(of: loss, limit: 4)
      #expect(score == nil)
    }
    return progress
  }

  @Test("A loss far above the others is a spike and leaves no trace in the averages")
  func spike() {
    var progress = warm()
    let mean = progress.losses?.mean
    let score = progress.guardAgainstSpike(of: 9, limit: 4) ?? 0
    #expect(score > 10)
    #expect(progress.losses?.mean == mean)
    let next = progress.guardAgainstSpike(of: 2.2, limit: 4)
    #expect(next == nil)
    #expect(progress.losses?.skipped == 0)
  }

  @Test("A loss that stays high is accepted after three steps")
  func stays() {
    var progress = warm()
    let skipped = (1...6).map { _ in progress.guardAgainstSpike(of: 9, limit: 4) != nil }
    #expect(skipped == [true, true, true, false, false, false])
  }

  @Test("A falling loss, the first steps and a guard that is off skip nothing")
  func none() {
    var progress = warm()
    let fallen = progress.guardAgainstSpike(of: 0.01, limit: 4)
    #expect(fallen == nil)
    var new = TrainingProgress()
    let early = [1.0, 1, 1, 50, 1].compactMap { new.guardAgainstSpike(of: $0, limit: 4) }
    #expect(early.isEmpty)
    var off = TrainingProgress()
    let unwatched = [1.0, 1e9].compactMap { off.guardAgainstSpike(of: $0, limit: 0) }
    #expect(unwatched.isEmpty)
    #expect(off.losses == nil)
  }
}
