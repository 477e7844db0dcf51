import Files
import Foundation
import Glibc

/// What the file system of a run directory can do besides reading and writing.
struct StorageProbe: Sendable, Codable, Equatable {
  /// Why it has no locks; nil where it has.
  let lackOfLocks: String?
  /// Whether names in a folder can be brought to the medium.
  let syncsFolders: Bool

  /// A file system of which all is known.
  init(lackOfLocks: String?, syncsFolders: Bool) {
    self.lackOfLocks = lackOfLocks
    self.syncsFolders = syncsFolders
  }

  /// Tries a lock and a sync of `folder` itself, which stays as it is; nil where it cannot be opened.
  init?(of folder: String) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    syncsFolders = FolderSync(of: descriptor) != .unsupported
    if case .unsupported(let number) = LockAttempt(on: descriptor) {
      lackOfLocks = unsafe String(cString: strerror(number))
    } else {
      lackOfLocks = nil
    }
  }
}
