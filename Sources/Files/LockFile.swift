import Glibc

/// Why a folder could not be locked.
public enum LockFileError: Error, Sendable {
  /// Another process holds the lock.
  case held
  /// The previous holder has moved or removed the folder or the file.
  case moved
  /// The system refused.
  case failed(SystemCallError)
}

/// The lock on a folder, held by one process through a file in it.
///
/// The system frees it however that process ends.
public final class LockFile: Sendable {
  /// Why the file system has no locks, so nothing keeps a second process out; nil if it has.
  public let lack: String?
  /// Whether the file is new.
  public let isNew: Bool

  private let path: String
  private let descriptor: Int32

  /// Creates the file `path` in an existing folder, if it does not exist, and locks it.
  ///
  /// - Throws: ``LockFileError``.
  public init(_ path: String) throws(LockFileError) {
    let (descriptor, isNew): (Int32, Bool)
    do {
      (descriptor, isNew) = try Self.open(path)
    } catch {
      throw error.number == ENOENT ? .moved : .failed(error)
    }
    do {
      lack = try Self.lock(descriptor, path)
    } catch {
      // If the system refuses, no process can have locked it meanwhile.
      if isNew, case .failed = error { _ = unsafe unlink(path) }
      _ = close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    self.isNew = isNew
  }

  deinit {
    // A descriptor that was only locked loses nothing when it is closed.
    _ = close(descriptor)
  }

  /// Removes the file, which ends the lock.
  ///
  /// - Parameter newPath: where it lies now if its folder was moved.
  /// - Throws: ``SystemCallError``; a file that was replaced meanwhile stays, which is not an error.
  public func remove(at newPath: String? = nil) throws(SystemCallError) {
    let path = newPath ?? path
    guard try Self.isStill(descriptor, at: path) else { return }
    try SystemCallError.check("unlink", path) { unsafe unlink(path) }
  }

  private static func lock(
    _ descriptor: Int32, _ path: String
  ) throws(LockFileError) -> String? {
    switch LockAttempt(on: descriptor) {
    case .unsupported(let number): return unsafe String(cString: strerror(number))
    case .failed(let number):
      throw .failed(SystemCallError(call: "flock", path: path, number: number))
    case .held: throw .held
    case .taken:
      let isThere: Bool
      do {
        isThere = try isStill(descriptor, at: path)
      } catch {
        throw .failed(error)
      }
      // Between the two calls the previous holder may have moved the folder.
      guard isThere else { throw .moved }
      return nil
    }
  }

  /// Opens the file, which is accessible to exactly those who may write to the folder.
  ///
  /// Permission to open a file is permission to lock it, and to keep all others out.
  private static func open(
    _ path: String
  ) throws(SystemCallError) -> (descriptor: Int32, isNew: Bool) {
    while true {
      for isNew in [false, true] {
        let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (isNew ? O_CREAT | O_EXCL : 0)
        do {
          let descriptor = try SystemCallError.check("open", path) {
            unsafe Glibc.open(path, flags, 0o600)
          }
          try restrict(descriptor, path)
          return (descriptor, isNew)
        } catch {
          // Another process may create or remove the file between the two calls.
          guard error.number == (isNew ? EEXIST : ENOENT) else { throw error }
        }
      }
    }
  }

  private static func restrict(_ descriptor: Int32, _ path: String) throws(SystemCallError) {
    do {
      var (status, parent) = (stat(), stat())
      try SystemCallError.check("fstat", path) { unsafe fstat(descriptor, &status) }
      let folder = SystemPath.folder(of: path)
      try SystemCallError.check("stat", folder) { unsafe stat(folder, &parent) }
      let writable = parent.st_mode & 0o022
      let mode = 0o600 | writable | writable << 1
      if status.st_uid == geteuid(), status.st_mode & 0o777 != mode {
        try setMode(mode, descriptor, path)
      }
    } catch {
      _ = close(descriptor)
      throw error
    }
  }

  /// The errors of file systems without permissions of their own: how they were mounted says who may open a file.
  private static let refusals: Set<Int32> = [EPERM, ENOSYS, EOPNOTSUPP, EINVAL]

  /// Sets the permissions of the file, which is the user's own, where the file system has any.
  private static func setMode(
    _ mode: mode_t, _ descriptor: Int32, _ path: String
  ) throws(SystemCallError) {
    do throws(SystemCallError) {
      try SystemCallError.check("fchmod", path) { fchmod(descriptor, mode) }
    } catch {
      guard refusals.contains(error.number) else { throw error }
    }
  }

  /// Whether the path still names the file that `descriptor` is open on.
  package static func isStill(
    _ descriptor: Int32, at path: String
  ) throws(SystemCallError) -> Bool {
    var (mine, there) = (stat(), stat())
    try SystemCallError.check("fstat", path) { unsafe fstat(descriptor, &mine) }
    do {
      try SystemCallError.check("lstat", path) { unsafe lstat(path, &there) }
    } catch {
      if error.number == ENOENT || error.number == ENOTDIR { return false }
      throw error
    }
    return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev
  }
}

/// How an attempt at the lock of a file or folder ended.
public enum LockAttempt: Sendable, Equatable {
  /// The lock belongs to the open descriptor until it is closed, or its process ends.
  case taken
  /// Another process holds it.
  case held
  /// The file system has no locks, for this reason.
  case unsupported(Int32)
  /// The system refused with this error number.
  case failed(Int32)

  /// The errors of Linux file systems without locks: Lustre without `flock`, NFS without a lock
  /// daemon, some FUSE ones.
  private static let refusals: Set<Int32> = [ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL]

  /// Tries to lock what `descriptor` is open on, without waiting.
  public init(on descriptor: Int32) {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      switch number {
      case EINTR: continue
      case EWOULDBLOCK: self = .held
      case _ where Self.refusals.contains(number): self = .unsupported(number)
      default: self = .failed(number)
      }
      return
    }
    self = .taken
  }
}
