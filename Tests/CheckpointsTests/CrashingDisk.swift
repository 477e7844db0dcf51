import Synchronization

@testable import Checkpoints

/// A disk on which the process dies before its operation number `limit`, or loses its power there.
///
/// After a crash every later operation fails too, as nothing runs any more.
final class CrashingDisk: Sendable {
  private let performedOperations = Mutex(0)
  private let unsynced: UnsyncedChanges
  private let limit: Int
  private let forgets: @Sendable (Disk.Operation) -> Bool

  /// A disk that dies before operation `limit` and only pretends to make the calls it `forgets`.
  ///
  /// What a process has left on it before is `unsynced`.
  init(
    limit: Int = .max, unsynced: UnsyncedChanges = UnsyncedChanges(),
    forgets: @escaping @Sendable (Disk.Operation) -> Bool = { _ in false }
  ) {
    self.limit = limit
    self.unsynced = unsynced
    self.forgets = forgets
  }

  var disk: Disk {
    Disk(willPerform: { [self] operation throws(CheckpointError) in try perform(operation) })
  }

  var performed: Int { performedOperations.withLock { $0 } }

  private func perform(_ operation: Disk.Operation) throws(CheckpointError) {
    try performedOperations.withLock { performed throws(CheckpointError) in
      guard performed < limit else {
        throw CheckpointError(.inputOutput, "disk", "the process died", advice: "start it again")
      }
      performed += 1
    }
    if !forgets(operation) { try unsynced.note(operation) }
  }

  func losePower(keepingNames: Bool = false) throws {
    try unsynced.undo(keepingNames: keepingNames)
  }
}
