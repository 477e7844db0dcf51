import Files
import Glibc

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
  public var lack: String? { lock.lack }

  /// Where the folder lies itself if the path is a link.
  private let location: String
  private let lock: LockFile
  /// The folders that were made for this one, and itself where it was not there.
  private let made: MadeFolders
  /// The folder that was moved aside for this one.
  private let aside: Aside?
  private let disk: Disk

  /// What a process may find changed under its feet before it gives up.
  private static let maximumAttempts = 100

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

  convenience init(
    _ path: String, patience: Duration = .zero, waiting: () -> Void = {}, on disk: Disk
  ) throws(FolderLockError) {
    try self.init(path, patience: patience, waiting: waiting, movedAside: nil, on: disk)
  }

  private init(
    _ path: String, patience: Duration = .zero, waiting: () -> Void = {},
    movedAside aside: Aside?, on disk: Disk
  ) throws(FolderLockError) {
    self.path = path
    self.aside = aside
    self.disk = disk
    do throws(LinkError) {
      location = try SystemPath.resolvingLinks(path)
    } catch {
      throw .unusable(CheckpointError(error))
    }
    (lock, made) = try Self.lock(location, patience, waiting, disk)
  }

  /// Takes back what was done to get the folder, for a start that is refused: what was made is removed unless
  /// somebody has put something into it, and a folder that was moved aside gets its name back.
  ///
  /// Nobody else has the folder until its lock is gone; it is of no use afterwards. What the system refuses
  /// stays.
  ///
  /// - Returns: whether a folder that was moved aside has its name back.
  @discardableResult
  public func takeBack() -> Bool {
    do {
      if lock.isNew { try lock.remove() }
      made.removeIfEmpty()
      guard let aside, try !disk.exists(location) else { return false }
      // Somebody may have begun to use it under its new name.
      let old = try LockFile("\(aside.path)/\(Self.fileName)")
      try disk.rename(aside.path, to: location)
      try disk.syncFolder(Disk.parent(of: location))
      if aside.lockIsNew { try old.remove(at: "\(location)/\(Self.fileName)") }
      return true
    } catch {
      return false
    }
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
    let new = try LockedFolder(
      path, movedAside: Aside(path: aside, lockIsNew: old.lock.isNew), on: disk)
    withExtendedLifetime(old) {}
    return new
  }

  private static let fileName = "lock"

  /// A folder under the name that it has got.
  private struct Aside {
    let path: String
    /// Whether the file `lock` in it was made to move it.
    let lockIsNew: Bool
  }

  private static func lock(
    _ location: String, _ patience: Duration, _ waiting: () -> Void, _ disk: Disk
  ) throws(FolderLockError) -> (LockFile, MadeFolders) {
    let file = "\(location)/\(fileName)"
    let deadline = ContinuousClock.now + patience
    var made: MadeFolders?
    var isWaiting = false
    var attempts = 0
    do {
      while attempts < maximumAttempts {
        // The holder may move the folder away; while it only holds the lock there is nothing to make.
        if try !isWaiting || !disk.exists(location) {
          made = try MadeFolders(location, on: disk, after: made)
        }
        if try !disk.exists(file) { try disk.announce(.createFile(file)) }
        do throws(LockFileError) {
          let lock = try LockFile(file)
          guard let made else { preconditionFailure("\(file) was locked in no folder") }
          return (lock, made)
        } catch {
          switch error {
          case .moved: attempts += 1
          case .held where ContinuousClock.now < deadline:
            if !isWaiting { waiting() }
            isWaiting = true
            usleep(200_000)
          case .held: throw FolderLockError.held
          case .failed(let error): throw CheckpointError(error)
          }
        }
      }
      throw CheckpointError(call: "flock", file: file, number: ESTALE)
    } catch {
      made?.removeIfEmpty()
      if let error = error as? FolderLockError { throw error }
      guard let error = error as? CheckpointError else {
        preconditionFailure("an error of another kind: \(error)")
      }
      throw .unusable(error)
    }
  }
}
