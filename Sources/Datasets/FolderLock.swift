internal import Glibc
internal import SystemFiles

/// Keeps a folder for one process; the system frees it however that process ends.
final class FolderLock {
  /// Why the file system has no locks, so that nothing keeps a second process out; nil where it has.
  let lack: String?

  private let descriptor: Int32

  /// Takes the lock on `folder`.
  ///
  /// - Throws: ``DatasetError`` if another process has it, or has moved the folder to its place.
  init(_ folder: Folder) throws(DatasetError) {
    let descriptor = retried { unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system(folder.path, "cannot open the folder") }
    do {
      lack = try Self.lock(descriptor, folder)
    } catch {
      _ = close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit {
    // A descriptor that was only locked loses nothing when it is closed.
    _ = close(descriptor)
  }

  private static func lock(
    _ descriptor: Int32, _ folder: Folder
  ) throws(DatasetError) -> String? {
    switch LockAttempt(on: descriptor) {
    case .taken: break
    case .unsupported(let number): return unsafe String(cString: strerror(number))
    case .failed(let number):
      errno = number
      throw .system(folder.path, "cannot lock the folder")
    case .held:
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "another process is at work here; wait for it or choose another folder")
    }
    var (mine, there) = (stat(), stat())
    guard unsafe fstat(descriptor, &mine) == 0 else {
      throw .system(folder.path, "cannot examine the folder")
    }
    // Whoever had the lock before may have finished and given the folder its final name.
    guard unsafe stat(folder.path, &there) == 0, mine.st_ino == there.st_ino,
      mine.st_dev == there.st_dev
    else {
      throw DatasetError(
        .exists, FileLocation(folder.path), "another process has just finished here; start again")
    }
    return nil
  }
}
