import Foundation
import Synchronization

@testable import Checkpoints

/// A disk on which the process dies before its operation number `limit`, or loses its power there.
///
/// After a crash every later operation fails too, as nothing runs any more. `losePower()` then
/// does the worst the kernel may do: files never synced lose their content, names never synced
/// are undone.
final class CrashingDisk: Sendable {
  private struct Journal {
    var performed = 0
    var unsyncedFiles: Set<String> = []
    var unsyncedNames: [Disk.Operation] = []
    /// Where links pointed that a rename has replaced.
    var replacedLinks: [String: String] = [:]
  }

  private let journal = Mutex(Journal())
  private let limit: Int
  private let forgets: @Sendable (Disk.Operation) -> Bool

  /// A disk that dies before operation `limit` and only pretends to make the calls it `forgets`.
  init(limit: Int = .max, forgets: @escaping @Sendable (Disk.Operation) -> Bool = { _ in false }) {
    self.limit = limit
    self.forgets = forgets
  }

  var disk: Disk {
    Disk(willPerform: { [self] operation throws(CheckpointError) in try perform(operation) })
  }

  var performed: Int { journal.withLock { $0.performed } }

  private func perform(_ operation: Disk.Operation) throws(CheckpointError) {
    try journal.withLock { journal throws(CheckpointError) in
      guard journal.performed < limit else {
        throw CheckpointError(.inputOutput, "disk", "the process died", advice: "start it again")
      }
      journal.performed += 1
      if forgets(operation) { return }
      switch operation {
      case .createFile(let path):
        journal.unsyncedFiles.insert(path)
        journal.unsyncedNames.append(operation)
      case .write(let path): journal.unsyncedFiles.insert(path)
      case .syncFile(let path): journal.unsyncedFiles.remove(path)
      case .syncFolder(let path): journal.unsyncedNames.removeAll { Self.folder($0) == path }
      case .rename(let old, let new):
        let moved = journal.unsyncedFiles.filter { $0.hasPrefix(old + "/") }
        journal.unsyncedFiles.subtract(moved)
        journal.unsyncedFiles.formUnion(moved.map { new + $0.dropFirst(old.count) })
        journal.unsyncedNames = journal.unsyncedNames.map { Self.renamed($0, old, new) }
        journal.unsyncedNames.append(operation)
        journal.replacedLinks[new] = try Disk().destination(ofLink: new)
      default: break
      }
    }
  }

  func losePower() throws {
    let (files, names, links) = journal.withLock {
      ($0.unsyncedFiles, $0.unsyncedNames, $0.replacedLinks)
    }
    for path in files where FileManager.default.fileExists(atPath: path) {
      try write([], to: path)
    }
    for operation in names.reversed() {
      switch operation {
      case .createFile(let path) where FileManager.default.fileExists(atPath: path):
        try FileManager.default.removeItem(atPath: path)
      case .rename(let old, let new) where try Disk().exists(new) && !Disk().exists(old):
        try FileManager.default.moveItem(atPath: new, toPath: old)
        if let target = links[new] { try Disk().link(new, to: target) }
      default: break
      }
    }
  }

  private static func folder(_ operation: Disk.Operation) -> String? {
    switch operation {
    case .createFile(let path), .rename(_, to: let path):
      path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    default: nil
    }
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
