import Synchronization

/// What a power loss would undo: unsynced files and names.
///
/// Tests and fault injection use it. It assumes the worst case: a file that was not synced is
/// empty, a name that was not synced is what it was before.
final class UnsyncedChanges: Sendable {
  private struct Journal {
    var files: Set<String> = []
    /// Those that are synced only when the next checkpoint begins.
    var lateFiles: Set<String> = []
    var names: [Disk.Operation] = []
    /// The targets of links that a rename has replaced.
    var replacedLinks: [String: String] = [:]
  }

  private let journal = Mutex(Journal())

  /// Records a change that is about to be made.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput` where a link cannot be read.
  func note(_ operation: Disk.Operation) throws(CheckpointError) {
    try journal.withLock { journal throws(CheckpointError) in
      switch operation {
      case .createFile(let path):
        journal.files.insert(path)
        journal.names.append(operation)
      case .write(let path): journal.files.insert(path)
      case .syncFile(let path): journal.files.remove(path)
      case .removeFile(let path):
        journal.files.remove(path)
        journal.names.removeAll { $0 == .createFile(path) }
      case .syncFolder(let path):
        journal.names.removeAll { Self.folder(of: $0) == path }
      case .rename(let old, let new):
        journal.files = Self.renamed(journal.files, old, new)
        journal.lateFiles = Self.renamed(journal.lateFiles, old, new)
        journal.names = journal.names.map { Self.renamed($0, old, new) } + [operation]
        journal.replacedLinks[new] = try Disk().destination(ofLink: new)
      case .makeFolder(let path):
        journal.files.subtract(journal.lateFiles)
        journal.lateFiles = []
        if try !Disk().exists(path) { journal.names.append(operation) }
      case .removeFolder(let path): journal.names.removeAll { $0 == .makeFolder(path) }
      case .link: break
      }
    }
  }

  /// Records that the file at `path` is synced only after its folder has got its final name.
  func noteLateSync(_ path: String) {
    journal.withLock { _ = $0.lateFiles.insert(path) }
  }

  /// Reduces files and folders to what a power loss would leave.
  ///
  /// - Parameter keepingNames: whether names survive that were not synced, as on a file system that
  ///   writes names before content.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  func undo(keepingNames: Bool) throws(CheckpointError) {
    let (files, names, links) = journal.withLock { ($0.files, $0.names, $0.replacedLinks) }
    let disk = Disk()
    for path in files where try disk.exists(path) {
      try OpenFile(creating: path, on: disk).close()
    }
    if keepingNames { return }
    for operation in names.reversed() {
      switch operation {
      case .createFile(let path) where try disk.exists(path): try disk.removeFile(path)
      case .rename(let old, let new):
        let (isThere, isTaken) = (try disk.exists(new), try disk.exists(old))
        if !isThere || isTaken { continue }
        try disk.rename(new, to: old)
        if let target = links[new] { try disk.link(new, to: target) }
      case .makeFolder(let path) where try disk.exists(path): try disk.removeTree(path)
      default: break
      }
    }
  }

  /// The folder that contains the name which `operation` changes.
  private static func folder(of operation: Disk.Operation) -> String? {
    switch operation {
    case .createFile(let path), .makeFolder(let path), .rename(_, to: let path):
      Disk.parent(of: path)
    default: nil
    }
  }

  private static func renamed(_ paths: Set<String>, _ old: String, _ new: String) -> Set<String> {
    Set(paths.map { $0.hasPrefix(old + "/") ? new + $0.dropFirst(old.count) : $0 })
  }

  private static func renamed(
    _ operation: Disk.Operation, _ old: String, _ new: String
  ) -> Disk.Operation {
    guard case .createFile(let path) = operation, path.hasPrefix(old + "/") else {
      return operation
    }
    return .createFile(new + path.dropFirst(old.count))
  }
}
