package import Comm
import Faults
import Files
import Foundation
import Glibc
import Platform
import Threading

/// A thread of every rank that notices when a rank of its host has died or makes no progress.
///
/// It never calls MPI and never waits. The first watchdog of a host that reaches a verdict prints it
/// in one line, and all of them end their processes with 76; a launcher then ends the rest. If all ranks of a host
/// wait for others, its first rank says for whom: it hears what ranks of other hosts do.
package final class Watchdog: Sendable {
  /// The variable that names a file for the verdict: launch scripts read it.
  package static let verdictVariable = "GMLP_TRAIN_VERDICT"

  /// All ranks of a host may wait this many times longer for other hosts.
  private static let waitingPatience = 1.25
  private static let lookMilliseconds: Int32 = 100
  private static let lookSeconds = Double(lookMilliseconds) / 1_000
  /// How often a watchdog checks whether another one has printed its verdict: on a busy machine that takes seconds.
  private static let maximumLooks = 60
  /// How often at least, where it follows the others.
  private static let minimumLooks = 20
  /// After a pause of its own a watchdog does not know how long the others have waited.
  private static let ownPause = 2.0

  private let heartbeats: Heartbeats
  private let limits: WatchLimits
  private let recovery: String
  private let report: @Sendable (String) -> Void

  /// Begins to watch, to the end of the process.
  ///
  /// - Parameters:
  ///   - heartbeats: what the ranks of this host say.
  ///   - limits: how long they may make no progress.
  ///   - recovery: the advice to print at the end.
  ///   - report: receives lines for people during a healthy run.
  /// - Throws: `ThreadError` if the system grants no thread.
  package static func start(
    _ heartbeats: Heartbeats, _ limits: WatchLimits, recovery: String,
    report: @escaping @Sendable (String) -> Void
  ) throws {
    let watchdog = Watchdog(heartbeats, limits, recovery, report)
    _ = try BackgroundThread(name: "watchdog") { watchdog.watch() }
  }

  private init(
    _ heartbeats: Heartbeats, _ limits: WatchLimits, _ recovery: String,
    _ report: @escaping @Sendable (String) -> Void
  ) {
    self.heartbeats = heartbeats
    self.limits = limits
    self.recovery = recovery
    self.report = report
  }

  private func watch() {
    var seen = heartbeats.ranks.indices.map { ObservedRank(heartbeats[$0], at: .now) }
    var far = FarRanks()
    var longest = LongestPauses()
    var diskReport = DiskReport()
    var lastLook = ContinuousClock.now
    while true {
      let dead = heartbeats.deaths(within: Self.lookMilliseconds)
      let now = ContinuousClock.now
      heartbeats.beat()
      if lastLook.duration(to: now).seconds > Self.ownPause {
        for place in seen.indices { seen[place].forgive(at: now) }
        far.forgive(at: now)
      }
      lastLook = now
      for place in seen.indices { seen[place].look(at: heartbeats[place], now, &longest) }
      far.look(at: heartbeats.elsewhere, now)
      // Once a reason has been given, a death is only its consequence.
      if hasReason { endWithOthers() }
      if let first = dead.first { end(.dead(state(of: first, seen))) }
      if let verdict = verdict(seen, far, longest, now) { end(verdict) }
      // Rank zero alone writes.
      let isRankZero = heartbeats.ranks[heartbeats.own] == 0
      if isRankZero, let line = diskReport.line(seen[heartbeats.own], now) { report(line) }
    }
  }

  /// Whether a rank of the host has printed why the run ends.
  private var hasReason: Bool {
    heartbeats.hasVerdict || isTold
  }

  /// Whether it has been printed completely.
  private var isTold: Bool { heartbeats.ranks.indices.contains { heartbeats[$0].hasFailed } }

  /// The rank that makes no progress, if any.
  private func verdict(
    _ seen: [ObservedRank], _ far: FarRanks, _ longest: LongestPauses,
    _ now: ContinuousClock.Instant
  ) -> Verdict? {
    for (place, rank) in seen.enumerated() where !rank.heartbeat.isEnding {
      let still = rank.beats.duration(to: now).seconds
      if limits.floor > 0 && still > limits.floor {
        return .stopped(
          state(of: place, seen), seconds: still,
          systemState: ProcessState.name(of: heartbeats.processes[place]))
      }
      for activity in [rank.compute, rank.communication] where !activity.phase.waitsForOthers {
        let pause = activity.since.duration(to: now).seconds
        if pause > limits.seconds(activity.phase, longest: longest[activity.phase]) {
          return Verdict(
            of: state(of: place, seen, activity.phase), activity.phase, seconds: pause)
        }
      }
    }
    return waitingVerdict(seen, far, longest, now)
  }

  /// If all ranks of the host wait for others, those others make no progress.
  private func waitingVerdict(
    _ seen: [ObservedRank], _ far: FarRanks, _ longest: LongestPauses,
    _ now: ContinuousClock.Instant
  ) -> Verdict? {
    // Rank zero writes; if it waits itself, the others do not wait for its disk.
    let zero = heartbeats.ranks.firstIndex(of: 0)
    let isWriting = zero.map { !seen[$0].compute.phase.waitsForOthers } ?? true
    let waits = { (rank: ObservedRank) in
      rank.compute.phase.waitsForOthers || rank.compute.phase == .disk && !isWriting
    }
    guard seen.allSatisfy({ waits($0) && !$0.heartbeat.isEnding }),
      let change = seen.map(\.lastChange).max()
    else { return nil }
    let pause = change.duration(to: now).seconds
    // Others may work as long as these did before they had to wait, as in an evaluation.
    let work = limits.floor > 0 ? seen.map(\.workSeconds).max() ?? 0 : 0
    let limit = max(
      work, limits.seconds(.exchange, longest: max(longest[.exchange], longest[.gather])))
    // A rank that hangs on another host is reported by that host, which gets the time to do so.
    guard pause > Self.waitingPatience * limit else { return nil }
    // Hosts may have the same name.
    let others = heartbeats.hosts.indices.filter { !heartbeats.ranks.contains($0) }
    // On one host they wait for each other: report the rank that is furthest behind.
    let last = seen.indices.min { seen[$0].order < seen[$1].order } ?? 0
    if others.isEmpty { return .hung(state(of: last, seen), seconds: pause) }
    // The first rank knows more; if it has died or stopped, that is the verdict.
    guard heartbeats.own == 0 else { return nil }
    func silent(_ ranks: [Int]) -> Verdict {
      .network(
        state(of: heartbeats.own, seen), seconds: pause,
        others: ranks.map { "rank \($0) on \(heartbeats.hosts[$0])" })
    }
    return switch far.cause(among: others, limits, longest, now) {
    case .unknown: silent(others)
    case .silence(let ranks): silent(ranks)
    case .work: nil
    case .hang(let rank, let phase, let seconds):
      Verdict(of: far.state(of: rank, phase, heartbeats), phase, seconds: seconds)
    }
  }

  private func state(
    of place: Int, _ seen: [ObservedRank], _ phase: RunPhase? = nil
  ) -> Verdict.RankState {
    let (rank, observed) = (heartbeats.ranks[place], seen[place])
    let phase = phase ?? observed.compute.phase
    let isInExchange = phase == .exchange || phase == .bucket
    return Verdict.RankState(
      rank: rank, host: heartbeats.hosts[rank], process: heartbeats.processes[place],
      step: Int(observed.heartbeat.step), phase: phase,
      bucket: isInExchange ? observed.heartbeat.bucket : nil)
  }

  /// Ends this process after another rank of the host has printed why the run ends.
  ///
  /// Not every launcher does so: srun leaves the others alone unless told to kill them, and mpirun does
  /// if its own host is lost.
  private func endWithOthers() -> Never {
    // Longer than the pauses of the rank that speaks: its exit, or the dead one's, is to be the first.
    for look in 0..<Self.maximumLooks where look < Self.minimumLooks || hasReason && !isTold {
      Thread.sleep(forTimeInterval: Self.lookSeconds)
    }
    heartbeats.markEnding(failed: true)
    _exit(ExitCode.rankLost.rawValue)
  }

  /// Prints the verdict, if no rank of this host has, and ends this process.
  private func end(_ verdict: Verdict) -> Never {
    // A launcher kills the ranks of one host after a fault on another: no rank here is to blame.
    if case .dead = verdict, Signals.endsByLauncher { endWithOthers() }
    if heartbeats.claimVerdict() {
      let line = verdict.line(recovery: recovery)
      StandardError.write(line)
      if let file = ProcessInfo.processInfo.environment[Self.verdictVariable] {
        do throws(WholeFileError) {
          try WholeFile.write(Data(line.utf8), to: file)
        } catch {
          StandardError.write("\(file): the verdict could not be written: \(error.reason)")
        }
      }
    } else {
      // The launcher kills all at the first that ends, and one of the others is speaking.
      for _ in 0..<Self.maximumLooks where !isTold {
        Thread.sleep(forTimeInterval: Self.lookSeconds)
      }
    }
    // For a death the launcher has a better exit code, if it notices the death first.
    if case .dead = verdict { Thread.sleep(forTimeInterval: 1) }
    heartbeats.markEnding(failed: true)
    _exit(ExitCode.rankLost.rawValue)
  }
}
