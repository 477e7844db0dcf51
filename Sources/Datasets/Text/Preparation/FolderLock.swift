internal import Glibc

/// Keeps a folder for one process; the system frees it however that process ends.
final class FolderLock {
  private let descriptor: Int32

  /// Takes the lock on `folder`.
  ///
  /// - Throws: ``DatasetError`` if another process has it.
  init(_ folder: Folder) throws(DatasetError) {
    let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(folder.path, "cannot open the folder") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      _ = close(descriptor)
      errno = reason
      guard reason == EWOULDBLOCK else { throw .system(folder.path, "cannot lock the folder") }
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "another process is at work here; wait for it or choose another folder")
    }
    self.descriptor = descriptor
  }

  deinit {
    // A descriptor that was only locked loses nothing when it is closed.
    _ = close(descriptor)
  }
}
