import Comm
import Testing

@testable import Faults
@testable import Supervision

@Suite("What a watchdog sees")
struct ObservedRankTests {
  private let start = ContinuousClock.now
  private var heartbeat = Heartbeat()

  /// The rank after it went through `phases`, each for this many seconds.
  private func rank(_ phases: [(RunPhase, seconds: Int)]) -> (ObservedRank, LongestPauses) {
    var (now, time) = (heartbeat, start)
    var rank = ObservedRank(now, at: time)
    var longest = LongestPauses()
    for (phase, seconds) in phases {
      now.compute.phase = phase.rawValue
      now.compute.progress += 1
      rank.look(at: now, time, &longest)
      time += .seconds(seconds)
    }
    now.compute.progress += 1
    rank.look(at: now, time, &longest)
    return (rank, longest)
  }

  @Test("The longest pause of each phase is remembered")
  func pauses() {
    let (_, longest) = rank([(.forward, 2), (.update, 1), (.forward, 5), (.forward, 3)])
    #expect(longest[.forward] == 5 && longest[.update] == 1 && longest[.data] == 0)
  }

  @Test("A rank may wait for others as long as its own work took")
  func work() {
    let (rank, _) = rank([(.exchange, 9), (.evaluate, 40), (.evaluate, 30), (.exchange, 1)])
    #expect(rank.workSeconds == 70)
  }

  @Test("The communication thread's pauses are not learned, because it also waits for work")
  func communication() {
    var (now, longest) = (heartbeat, LongestPauses())
    now.communication.phase = RunPhase.exchange.rawValue
    var rank = ObservedRank(now, at: start)
    now.communication.progress += 1
    rank.look(at: now, start + .seconds(99), &longest)
    #expect(longest[.exchange] == 0 && rank.lastChange == start + .seconds(99))
  }

  @Test("Limits: a floor, then measured pauses or estimates, and none for disks")
  func limits() {
    let limits = WatchLimits(
      floor: 20, stepSeconds: 100, layerSeconds: 30, evaluationSeconds: 70)
    #expect(limits.seconds(.forward, longest: 0) == 30)
    #expect(limits.seconds(.forward, longest: 1) == 20)
    #expect(limits.seconds(.forward, longest: 15) == 45)
    #expect(limits.seconds(.evaluate, longest: 0) == 70)
    #expect(limits.seconds(.exchange, longest: 0) == 100)
    #expect(limits.seconds(.disk, longest: 0) == .infinity)
    let none = WatchLimits(floor: 0, stepSeconds: 9, layerSeconds: 9, evaluationSeconds: 9)
    #expect(none.seconds(.forward, longest: 1) == .infinity)
  }
}
