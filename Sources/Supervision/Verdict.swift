package import Faults

/// What a watchdog has found about the ranks of its host, and why the run ends.
package enum Verdict: Sendable, Equatable {
  /// A process ended without a message.
  case dead(RankState)
  /// A process exists but has not run for this many seconds.
  case stopped(RankState, seconds: Double, systemState: String)
  /// A thread makes no progress.
  case hung(RankState, seconds: Double)
  /// No batch arrives.
  case data(RankState, seconds: Double)
  /// All ranks of the host wait for these ranks of others.
  case network(RankState, seconds: Double, others: [String])

  /// Where a rank is, for people.
  package struct RankState: Sendable, Equatable {
    package let rank: Int
    package let host: String
    package let process: Int32
    package let step: Int
    package let phase: RunPhase
    /// The bucket, where buckets are exchanged.
    package let bucket: Int?

    /// As in `rank 1 on node2 (process 4711)`.
    package var name: String { "rank \(rank) on \(host) (process \(process))" }

    /// As in `step 17, exchange of bucket 3`.
    package var place: String {
      if phase == .start { return "at its start" }
      // Outside training there are no steps.
      if step == 0 { return "in \(phase == .exchange ? "its wait for other ranks" : phase.name)" }
      if let bucket { return "in step \(step), exchange of bucket \(bucket)" }
      return "in step \(step), " + (phase == .exchange ? "waiting for other ranks" : phase.name)
    }
  }

  /// A rank that has made no progress in `phase` for so long.
  init(of rank: RankState, _ phase: RunPhase, seconds: Double) {
    self = phase == .data ? .data(rank, seconds: seconds) : .hung(rank, seconds: seconds)
  }

  /// The line for people.
  ///
  /// - Parameter recovery: what to do afterwards, as in `start again`.
  /// - Returns: what happened and what to do, in one line.
  package func line(recovery: String) -> String {
    switch self {
    case .dead(let rank):
      "\(rank.name) has died \(rank.place); \(recovery)"
    case .stopped(let rank, let seconds, let state):
      "\(rank.name) has not run for \(Int(seconds)) s, \(rank.place): its process is \(state); "
        + recovery
    case .hung(let rank, let seconds):
      "\(rank.name) hangs: nothing for \(Int(seconds)) s \(rank.place); \(recovery), or set "
        + "train.hang_timeout higher if it was only slow"
    case .data(let rank, let seconds):
      "\(rank.name) has waited \(Int(seconds)) s for data\(rank.step > 0 ? " \(rank.place)" : ""); "
        + "look at the storage of the data, then \(recovery)"
    case .network(let rank, let seconds, let others):
      "the ranks on \(rank.host) have waited \(Int(seconds)) s"
        + (rank.step > 0 ? " \(rank.place): " : ": ")
        + "\(others.joined(separator: ", ")) or the network between them does not answer; \(recovery)"
    }
  }
}
