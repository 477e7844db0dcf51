import Glibc
import Synchronization

/// The checkpoints of a run: one folder a step, written whole or not at all.
///
/// Only one process may write here; the run's lock sees to that. A reader trusts a folder only
/// after every digest in it matches.
public final class CheckpointStore: Sendable {
  /// The folder that holds the checkpoints.
  public let directory: String

  let disk: Disk
  /// Steps whose files this process has written or verified.
  let verified = Mutex<Set<Int>>([])
  /// Kinds of weights whose link could not be made; each is reported once.
  let unlinkable = Mutex<Set<WeightsKind>>([])
  private let drafts = Atomic(0)
  /// Whether the folder's name has been synced.
  private let hasName = Atomic(false)

  /// The store in the folder `directory`, which the first save creates inside an existing one.
  ///
  /// - Parameters:
  ///   - directory: usually `RUN/checkpoints`.
  ///   - slowDiskMegabytesPerSecond: slows writing down to this speed, for tests that stop a run
  ///     while it saves; nil writes as fast as possible.
  ///   - inject: called before each change; gives the fault to inject in its place.
  public convenience init(
    directory: String, slowDiskMegabytesPerSecond: Double? = nil,
    injecting inject: (@Sendable (DiskOperation) -> DiskFault?)? = nil
  ) {
    if let speed = slowDiskMegabytesPerSecond {
      precondition(speed > 0, "a disk of \(speed) MB/s")
    }
    self.init(
      directory: directory,
      on: Disk(
        megabytesPerSecond: slowDiskMegabytesPerSecond, inject: inject,
        unsynced: inject.map { _ in UnsyncedChanges() }))
  }

  init(directory: String, on disk: Disk) {
    self.directory = directory
    self.disk = disk
  }

  /// The folder's name of the checkpoint after `step` steps: `step-` and at least ten digits.
  public static func folderName(_ step: Int) -> String {
    precondition(step >= 0, "a checkpoint of step \(step)")
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
  }

  /// Where the checkpoint after `step` steps is, or would be.
  public func path(of step: Int) -> String { "\(directory)/\(Self.folderName(step))" }

  /// Starts a checkpoint of the weights after `step` steps under a temporary name.
  ///
  /// - Throws: ``CheckpointError`` `.missing` or `.inputOutput`.
  public func begin(step: Int) throws(CheckpointError) -> CheckpointDraft {
    _ = try disk.makeFolder(directory)
    // It may be left from a process that was killed before this point.
    if !hasName.load(ordering: .acquiring) {
      try disk.syncFolder(Disk.parent(of: directory))
      hasName.store(true, ordering: .releasing)
    }
    while true {
      let number = drafts.add(1, ordering: .relaxed).newValue
      let path = temporary("\(Self.folderName(step)).draft-\(getpid())-\(number)")
      if try disk.makeFolder(path) {
        return CheckpointDraft(step: step, directory: path, store: self)
      }
    }
  }

  /// The steps that have a folder, newest first, whether valid or not.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`. A missing folder is not an error: it has no checkpoints.
  public func steps() throws(CheckpointError) -> [Int] {
    guard try disk.exists(directory) else { return [] }
    return try disk.names(in: directory).compactMap(Self.step(ofFolder:)).sorted(by: >)
  }

  /// The newest checkpoint whose files all match their digests.
  ///
  /// - Parameters:
  ///   - below: only checkpoints of smaller steps; nil for all.
  ///   - reporting: receives a line for each folder that is skipped.
  /// - Returns: nil if there is none.
  /// - Throws: ``CheckpointError`` if the folder cannot be listed, and `.inputOutput` if the system
  ///   refuses to read a checkpoint, which says nothing about its content.
  public func newestValid(
    below: Int? = nil, reporting: (String) -> Void
  ) throws(CheckpointError) -> Checkpoint? {
    for step in try steps() where step < below ?? .max {
      do {
        if let checkpoint = try openIfThere(step: step) { return checkpoint }
      } catch  where error.code != .inputOutput {
        reporting("checkpoint \(Self.folderName(step)) is skipped: \(error)")
      }
    }
    return nil
  }

  /// Opens the checkpoint of `step` after reading every file of it.
  ///
  /// - Throws: ``CheckpointError`` as ``Checkpoint/open(_:)``, and `.invalid` if the folder holds
  ///   another step than its name says.
  public func open(step: Int) throws(CheckpointError) -> Checkpoint {
    let checkpoint = try Checkpoint.open(path(of: step))
    guard checkpoint.state.step == step else {
      throw .damaged(
        path(of: step), "the folder holds the checkpoint of step \(checkpoint.state.step)")
    }
    verified.withLock { _ = $0.insert(step) }
    return checkpoint
  }

  /// Opens the checkpoint of `step` beside a run that may replace or remove it meanwhile.
  ///
  /// One that was replaced while it was read is read again.
  ///
  /// - Throws: ``CheckpointError`` as ``open(step:)``.
  /// - Returns: nil if there is none of that step any more.
  public func openIfThere(step: Int) throws(CheckpointError) -> Checkpoint? {
    try readIfThere(step: step) { () throws(CheckpointError) in try open(step: step) }
  }

  /// Reads something of the checkpoint of `step` by `body`, again where that was replaced meanwhile.
  ///
  /// - Throws: what `body` throws for a checkpoint that is still there.
  /// - Returns: nil if there is none of that step any more.
  public func readIfThere<Value>(
    step: Int, _ body: () throws(CheckpointError) -> Value
  ) throws(CheckpointError) -> Value? {
    while let before = try disk.identity(of: path(of: step)) {
      do {
        return try body()
      } catch {
        if try disk.identity(of: path(of: step)) == before { throw error }
      }
    }
    return nil
  }

  static func step(ofFolder name: String) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0,
      folderName(step) == name
    else { return nil }
    return step
  }

  func temporary(_ name: String) -> String { "\(directory)/.\(name)" }
}
