import Files
import Glibc
import Platform
import Threading

/// Ends a rank that MPI does not join with the others: one of them may have died in its first moments,
/// or a host may not be reached, and `MPI_Init` waits for ever.
struct StartGuard {
  private static let usualSeconds = 60

  /// Begins to count.
  ///
  /// - Parameters:
  ///   - queue: tells when the world is there.
  ///   - launch: how the process was started.
  /// - Throws: `ThreadError` if the system grants no thread.
  static func start(_ queue: Monitor<JobQueue>, _ launch: LaunchEnvironment) throws(ThreadError) {
    guard launch.mode == .mpi else { return }
    let seconds = launch.startTimeout ?? usualSeconds
    _ = try BackgroundThread(name: "start guard") {
      for _ in 0..<seconds {
        _ = sleep(1)
        if queue.read({ $0.world != nil || $0.isClosed }) { return }
      }
      end(after: seconds, rank: launch.launchedRank)
    }
  }

  private static func end(after seconds: Int, rank: Int) -> Never {
    // The first to end is the only one that speaks: the launcher then ends the others.
    _ = usleep(UInt32(clamping: min(rank, 20)) * 100_000)
    StandardError.writeLine(
      "gmlp-train: rank \(rank) on \(HostName.current): MPI has not joined the ranks within "
        + "\(seconds) s: one of them has died, or its host is not reached; start again, or set "
        + "\(LaunchEnvironment.startTimeoutVariable) to more seconds")
    _exit(ExitCode.rankLost.rawValue)
  }
}
