import Comm
import Faults
import Threading

/// What the first rank of a host has heard of the ranks on other hosts, and since when it has heard nothing new.
///
/// It serves a host whose ranks all wait: for whom? It never ends a run that would not end without it.
struct FarRanks {
  /// Why a host waits for others.
  enum Cause: Equatable {
    /// All others wait too, or nothing is known of any.
    case unknown
    /// Nothing is heard of these ranks.
    case silence([Int])
    /// A rank makes no progress.
    case hang(Int, RunPhase, seconds: Double)
    /// A rank is at work, or waits for its disk. How long it may, its own host decides.
    case work
  }

  /// After this time without news at least a rank counts as silent: several times what lies between two messages.
  private static let leastSilence = 2.0

  private var seen: [Int: ObservedRank] = [:]
  private var longest = LongestPauses()

  /// Records what the ranks have said last, by their numbers.
  mutating func look(at heartbeats: [Int: Heartbeat], _ time: ContinuousClock.Instant) {
    for (rank, heartbeat) in heartbeats {
      if seen[rank] == nil { seen[rank] = ObservedRank(heartbeat, at: time) }
      seen[rank]?.look(at: heartbeat, time, &longest)
    }
  }

  /// Counts from now on, because nothing was watching.
  mutating func forgive(at time: ContinuousClock.Instant) {
    for rank in seen.keys { seen[rank]?.forgive(at: time) }
  }

  /// Why a host waits that waits for longer than it should.
  ///
  /// - Parameters:
  ///   - others: the ranks of all other hosts.
  ///   - limits: how long a rank may make no progress.
  ///   - near: the longest pauses of this host's ranks.
  ///   - now: the time.
  /// - Returns: the worst that is known: a rank that hangs counts only if all are heard.
  func cause(
    among others: [Int], _ limits: WatchLimits, _ near: LongestPauses,
    _ now: ContinuousClock.Instant
  ) -> Cause {
    if seen.isEmpty { return .unknown }
    let silence = max(limits.floor, Self.leastSilence)
    let silent = others.filter { isSilent($0, longerThan: silence, now) }
    if !silent.isEmpty { return .silence(silent) }
    var isAnyAtWork = false
    for number in others {
      guard let rank = seen[number], !rank.heartbeat.isEnding else { continue }
      for activity in [rank.compute, rank.communication] {
        let phase = activity.phase
        // Only rank zero writes: the others wait for its disk.
        if phase.waitsForOthers || phase == .disk && number != 0 { continue }
        let pause = activity.since.duration(to: now).seconds
        if pause > limits.seconds(phase, longest: max(near[phase], longest[phase])) {
          return .hang(number, phase, seconds: pause)
        }
        isAnyAtWork = true
      }
    }
    return isAnyAtWork ? .work : .unknown
  }

  private func isSilent(
    _ rank: Int, longerThan seconds: Double, _ now: ContinuousClock.Instant
  ) -> Bool {
    guard let rank = seen[rank] else { return true }
    return !rank.heartbeat.isEnding && rank.beats.duration(to: now).seconds > seconds
  }

  /// Where a rank is that has been heard of, and is in `phase`.
  func state(of rank: Int, _ phase: RunPhase, _ heartbeats: Heartbeats) -> Verdict.RankState {
    let heartbeat = seen[rank]?.heartbeat ?? Heartbeat()
    return Verdict.RankState(
      rank: rank, host: heartbeats.hosts[rank], process: heartbeats.processesOfAll[rank],
      step: Int(heartbeat.step), phase: phase,
      bucket: phase == .bucket ? heartbeat.bucket : nil)
  }
}
