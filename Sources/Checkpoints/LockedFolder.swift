import Glibc
import SystemFiles

/// Why a folder could not be locked.
public enum FolderLockError: Error, Sendable {
  /// Another process holds the lock.
  case held
  /// The folder or its lock cannot be used.
  case unusable(CheckpointError)
  /// The folder cannot get this other name.
  case immovable(to: String, CheckpointError)
}

/// A folder that one process has for itself, by a lock on the file `lock` in it.
///
/// The system frees the lock however that process ends.
public final class LockedFolder: Sendable {
  /// The folder, as it was named.
  public let path: String
  /// Why the file system has no locks, so that nothing keeps a second process out; nil where it has.
  public let lack: String?

  /// Where the folder lies itself if the path is a link.
  private let location: String
  private let descriptor: Int32

  /// What a process may find changed under its feet before it gives up.
  private static let mostAttempts = 100

  /// Makes the folder `path`, with all that it lies in, where it is not there, and locks it.
  ///
  /// - Parameters:
  ///   - path: the folder, or a link to it.
  ///   - patience: how long to wait for a lock that somebody holds.
  ///   - waiting: called once when the wait begins.
  /// - Throws: ``FolderLockError``.
  public convenience init(
    _ path: String, patience: Duration = .zero, waiting: () -> Void = {}
  ) throws(FolderLockError) {
    try self.init(path, patience: patience, waiting: waiting, on: Disk())
  }

  init(
    _ path: String, patience: Duration = .zero, waiting: () -> Void = {}, on disk: Disk
  ) throws(FolderLockError) {
    self.path = path
    do {
      location = try disk.resolvingLinks(path)
      (descriptor, lack) = try Self.lock(location, patience, waiting, disk)
    } catch let error as FolderLockError {
      throw error
    } catch let error as CheckpointError {
      throw .unusable(error)
    } catch {
      preconditionFailure("an error of another kind: \(error)")
    }
  }

  deinit {
    // A descriptor that was only locked loses nothing when it is closed.
    _ = close(descriptor)
  }

  /// Locks the folder `path` and, where it holds a run, moves that aside and makes a new folder.
  ///
  /// The old folder stays locked until the new one is, so that no process gets into either between.
  ///
  /// - Parameters:
  ///   - path: the folder, or a link to it: then its target is moved, and the link stays.
  ///   - isUsed: whether the folder that it gets holds something worth keeping.
  ///   - patience: how long to wait for a lock that somebody holds.
  ///   - waiting: called once when the wait begins.
  ///   - movedAside: gets the new name of the old folder: its own with a number behind it.
  /// - Throws: ``FolderLockError``.
  /// - Returns: the new folder, or the old one where it was not used.
  public static func empty(
    _ path: String, where isUsed: (String) -> Bool, patience: Duration = .zero,
    waiting: () -> Void = {}, movedAside: (String) -> Void
  ) throws(FolderLockError) -> LockedFolder {
    try empty(
      path, where: isUsed, patience: patience, waiting: waiting, movedAside: movedAside, on: Disk())
  }

  static func empty(
    _ path: String, where isUsed: (String) -> Bool, patience: Duration = .zero,
    waiting: () -> Void = {}, movedAside: (String) -> Void, on disk: Disk
  ) throws(FolderLockError) -> LockedFolder {
    let old = try LockedFolder(path, patience: patience, waiting: waiting, on: disk)
    guard isUsed(old.location) else { return old }
    let aside: String
    do {
      aside = try disk.firstFree(old.location)
    } catch {
      throw .unusable(error)
    }
    do {
      try disk.rename(old.location, to: aside)
      try disk.syncFolder(Disk.parent(of: aside))
    } catch {
      throw .immovable(to: aside, error)
    }
    movedAside(aside)
    let new = try LockedFolder(path, on: disk)
    withExtendedLifetime(old) {}
    return new
  }

  private static func lock(
    _ location: String, _ patience: Duration, _ waiting: () -> Void, _ disk: Disk
  ) throws -> (descriptor: Int32, lack: String?) {
    let file = "\(location)/lock"
    let deadline = ContinuousClock.now + patience
    var isWaiting = false
    var attempts = 0
    while true {
      // The holder may move the folder away; while it only holds the lock there is nothing to make.
      if try !isWaiting || !disk.exists(location) { try disk.makeFolders(location) }
      let descriptor = try open(file, in: location, disk)
      switch LockAttempt(on: descriptor) {
      case .taken:
        // The folder may have been moved aside between the two calls.
        if try isStill(descriptor, at: file) { return (descriptor, nil) }
        attempts += 1
      case .unsupported(let number):
        return (descriptor, unsafe String(cString: strerror(number)))
      case .held where ContinuousClock.now < deadline:
        if !isWaiting { waiting() }
        isWaiting = true
        usleep(200_000)
      case .held:
        _ = close(descriptor)
        throw FolderLockError.held
      case .failed(let number):
        _ = close(descriptor)
        throw CheckpointError(call: "flock", file: file, number: number)
      }
      _ = close(descriptor)
      guard attempts < mostAttempts else {
        throw CheckpointError(call: "flock", file: file, number: ESTALE)
      }
    }
  }

  /// Opens the lock file, which those may open who may write to the folder, and nobody else.
  ///
  /// Who may open a file may lock it, and so keep all others out.
  private static func open(
    _ file: String, in location: String, _ disk: Disk
  ) throws(CheckpointError) -> Int32 {
    if try !disk.exists(file) { try disk.announce(.createFile(file)) }
    let descriptor = try Disk.check("open", file) {
      unsafe Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }
    do {
      var status = stat()
      try Disk.check("fstat", file) { unsafe fstat(descriptor, &status) }
      let writable = try disk.status(location).st_mode & 0o022
      let mode = 0o600 | writable | writable << 1
      if status.st_uid == geteuid(), status.st_mode & 0o777 != mode {
        try Disk.check("fchmod", file) { fchmod(descriptor, mode) }
      }
      return descriptor
    } catch {
      _ = close(descriptor)
      throw error
    }
  }

  static func isStill(
    _ descriptor: Int32, at file: String
  ) throws(CheckpointError) -> Bool {
    var (mine, there) = (stat(), stat())
    try Disk.check("fstat", file) { unsafe fstat(descriptor, &mine) }
    guard unsafe lstat(file, &there) == 0 else {
      let number = errno
      if number == ENOENT || number == ENOTDIR { return false }
      throw CheckpointError(call: "lstat", file: file, number: number)
    }
    return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev
  }
}
