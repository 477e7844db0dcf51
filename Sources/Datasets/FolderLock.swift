import Files
import Glibc

/// Keeps a folder in which a set grows for one process, by a file in it that goes with the lock.
final class FolderLock {
  /// The name of the file, a hidden one: where a crash leaves it in a set, nothing reads it.
  static let fileName = ".lock"

  /// Why the file system has no locks, so that nothing keeps a second process out; nil if it has.
  var lack: String? { file.lack }

  private let file: LockFile

  /// Takes the lock on `folder`.
  ///
  /// - Throws: ``DatasetError`` if another process has it, or has moved the folder to its place.
  init(_ folder: Folder) throws(DatasetError) {
    do {
      file = try LockFile("\(folder.path)/\(Self.fileName)")
    } catch {
      switch error {
      case .held:
        throw DatasetError(
          .exists, FileLocation(folder.path),
          "another process is at work here; wait for it or choose another folder")
      case .moved:
        throw DatasetError(
          .exists, FileLocation(folder.path),
          "another process has just finished here; start again")
      case .failed(let error): throw .system(error, "cannot lock the folder")
      }
    }
  }

  /// Takes the lock on `folder`, which is made where it is not there.
  ///
  /// - Throws: ``DatasetError`` as ``init(_:)`` does; then a folder that was made is gone again.
  convenience init(making folder: Folder) throws(DatasetError) {
    let isNew = try !folder.isThere()
    if isNew { try folder.create() }
    do throws(DatasetError) {
      try self.init(folder)
    } catch {
      if isNew { _ = unsafe rmdir(folder.path) }
      throw error
    }
  }

  deinit {
    // Nobody locks a file that stays: the next process takes it over.
    _ = Result { () throws(SystemCallError) in try file.remove() }
  }

  /// Removes the file, which is in `folder` by now.
  ///
  /// - Throws: ``DatasetError``.
  func remove(from folder: Folder) throws(DatasetError) {
    do {
      try file.remove(at: "\(folder.path)/\(Self.fileName)")
    } catch {
      throw .system(error, "cannot remove")
    }
  }
}
