import Checkpoints
import Configuration
import Platform
import Train

/// What was removed of a run's checkpoints, or would be.
public struct CheckpointPruning: Sendable, Encodable {
  /// A checkpoint.
  public struct Removed: Sendable, Encodable {
    /// Its step.
    public let step: Int
    /// The length of its files.
    public let bytes: Int
  }

  /// The folder of checkpoints.
  public let path: String
  /// Whether nothing was touched.
  public let isDryRun: Bool
  /// The checkpoints that went, newest first.
  public let removed: [Removed]
  /// The steps that stay, newest first.
  public let keptSteps: [Int]
  /// What saves that were cut off had left.
  public let temporaries: [TemporarySummary]
  /// The bytes that became free.
  public let freedBytes: Int

  /// Removes old checkpoints of the run `path` and what saves have left.
  ///
  /// The newest `keep` valid ones stay and so do the best; nothing is removed before those that stay
  /// have been read and found right. No run may use the directory meanwhile: its lock is held. Where the
  /// file system has no locks what saves have left stays, for it may be of one in progress.
  ///
  /// - Parameters:
  ///   - path: the run directory, or the folder of checkpoints in it.
  ///   - keep: at least 2.
  ///   - isDryRun: only say what would be removed, and write nothing. The lock is not taken: on a read-only
  ///     disk it could not be, and a run that starts meanwhile would be refused. A run may therefore save and
  ///     prune at the same time; what is gone by the end is not reported. A folder that a sweep would give its name
  ///     back is not counted as a checkpoint then.
  ///   - warning: receives a line for each damaged checkpoint found, which counts for nothing, and for
  ///     each that could not be removed.
  /// - Throws: ``CommandError`` with 64 while a run holds the lock, ``TrainingError`` or
  ///   `CheckpointError`.
  public init(_ path: String, keep: Int, isDryRun: Bool, warning: (String) -> Void) throws {
    let run = try RunCheckpoints(path)
    let store = run.store
    let lock = isDryRun ? nil : try Self.lock(run.run)
    // A run that was copied without its file `lock` has none afterwards either.
    defer { _ = lock?.takeBack() }
    if let line = lock?.warning { warning(line) }
    let sweeps = lock?.isExclusive ?? true
    self.path = store.directory
    self.isDryRun = isDryRun
    let found = sweeps ? try TemporarySummary.all(in: store) : []
    let swept = isDryRun || !sweeps ? [] : try store.sweepTemporaries(reporting: warning)
    temporaries = isDryRun ? found : found.filter { swept.contains($0.name) }
    let steps = try store.steps()
    let sizes = Dictionary(
      uniqueKeysWithValues: try steps.compactMap { step in
        try RunCheckpoints.bytes(at: store.path(of: step)).map { (step, $0) }
      })
    let superfluous =
      isDryRun
      ? try store.superfluousSteps(keep: keep, reporting: warning)
      : try store.prune(keep: keep, reporting: warning)
    removed = superfluous.compactMap { step in
      sizes[step].map { Removed(step: step, bytes: $0) }
    }
    // Without the lock a run may have removed some by now.
    let present = isDryRun ? try store.steps() : steps
    keptSteps = steps.filter { !superfluous.contains($0) && present.contains($0) }
    freedBytes =
      removed.reduce(0) { $0 + $1.bytes }
      + temporaries.filter { $0.originalName == nil }.reduce(0) { $0 + $1.bytes }
  }

  private static func lock(_ run: String) throws -> RunDirectory {
    do {
      return try RunDirectory(run)
    } catch .inUse {
      throw CommandError(
        "\(run): a run is using this directory; wait for its end, it removes old checkpoints itself",
        exitCode: .usage)
    }
  }
}
