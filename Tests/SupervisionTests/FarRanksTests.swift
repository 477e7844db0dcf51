import Comm
import Testing

@testable import Faults
@testable import Supervision

@Suite("Ranks on other hosts")
struct FarRanksTests {
  private let start = ContinuousClock.now
  private let limits = WatchLimits(
    floor: 20, stepSeconds: 100, layerSeconds: 30, evaluationSeconds: 70)
  private let others = [2, 3, 4, 5]

  private func heartbeat(_ phase: RunPhase, beats: UInt32 = 0) -> Heartbeat {
    var heartbeat = Heartbeat()
    heartbeat.beats = beats
    heartbeat.step = 9
    heartbeat.compute.phase = phase.rawValue
    heartbeat.communication.phase = RunPhase.exchange.rawValue
    return heartbeat
  }

  /// Why a host waits, of whose others these ranks were in these phases and were heard each second, but `silent`
  /// ones for half of the `seconds` only.
  private func cause(
    _ phases: [Int: RunPhase], for seconds: Int, silent: Set<Int> = [], among others: [Int]? = nil
  ) -> FarRanks.Cause {
    var far = FarRanks()
    for second in 0...seconds {
      var heartbeats: [Int: Heartbeat] = [:]
      for (rank, phase) in phases {
        let beats = silent.contains(rank) ? min(second, seconds / 2) : second
        heartbeats[rank] = heartbeat(phase, beats: UInt32(beats))
      }
      far.look(at: heartbeats, start + .seconds(second))
    }
    return far.cause(
      among: others ?? self.others, limits, LongestPauses(), start + .seconds(seconds))
  }

  @Test("Where nothing was ever heard nothing is known, nor where all wait")
  func unknown() {
    #expect(cause([:], for: 99) == .unknown)
    #expect(cause([2: .exchange, 3: .gather, 4: .exchange, 5: .disk], for: 99) == .unknown)
  }

  @Test("Ranks that are no longer heard are named, and no others")
  func silence() {
    let all: [Int: RunPhase] = [2: .exchange, 3: .exchange, 4: .backward, 5: .backward]
    #expect(cause(all, for: 60, silent: [4, 5]) == .silence([4, 5]))
    #expect(cause(all, for: 24, silent: [4, 5]) == .work, "they were heard 12 s ago")
    #expect(cause(all, for: 29, among: [2, 3, 4, 5, 6]) == .silence([6]), "never heard")
  }

  @Test("A rank that hangs is named with its phase if all are heard")
  func hang() {
    let all: [Int: RunPhase] = [2: .exchange, 3: .exchange, 4: .backward, 5: .exchange]
    #expect(cause(all, for: 31) == .hang(4, .backward, seconds: 31))
    #expect(cause(all, for: 29) == .work)
  }

  @Test("Rank zero may wait for its disk as long as it takes")
  func disk() {
    #expect(cause([0: .disk, 1: .disk], for: 900, among: [0, 1]) == .work)
  }

  @Test("A rank that is about to end need not be heard")
  func ending() {
    var far = FarRanks()
    var last = heartbeat(.finish)
    last.isEnding = true
    far.look(at: [2: last], start)
    #expect(far.cause(among: [2], limits, LongestPauses(), start + .seconds(900)) == .unknown)
  }

  @Test("After a pause of the watchdog itself it counts anew")
  func pause() {
    var far = FarRanks()
    far.look(at: [2: heartbeat(.backward)], start)
    far.forgive(at: start + .seconds(900))
    #expect(far.cause(among: [2], limits, LongestPauses(), start + .seconds(901)) == .work)
  }
}
