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

/// A folder that one process uses exclusively, by a lock on the file `lock` in it.
///
/// The system frees the lock however that process ends.
public final class LockedFolder: Sendable {
  /// The folder, as it was named.
  public let path: String
  /// Why the file system has no locks, so nothing keeps a second process out; nil if it has.
  public var lack: String? { lock.lack }

  /// The folder's own path if the given one is a link.
  private let location: String
  private let lock: LockFile
  /// The folders that were created for this one, including itself if it is new.
  private let made: MadeFolders
  /// The folder that was moved aside for this one.
  private let aside: Aside?
  private let disk: Disk

  /// How many concurrent changes a process tolerates before it gives up.
  private static let maximumAttempts = 100

  /// Creates the folder `path` and its parents if they do not exist, and locks it.
  ///
  /// - Parameters:
  ///   - path: the folder, or a link to it.
  ///   - patience: how long to wait for a held lock.
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

  /// Undoes the creation of the folder, for a start that is refused: what was created is removed unless
  /// it is in use, and a folder that was moved aside gets its name back.
  ///
  /// The folder stays locked until this is done, and is unusable afterwards. What the system refuses
  /// stays.
  ///
  /// - Returns: whether a folder that was moved aside got its name back.
  @discardableResult
  public func takeBack() -> Bool {
    do {
      if lock.isNew { try lock.remove() }
      made.removeIfEmpty()
      guard let aside, try !disk.exists(location) else { return false }
      // Another process may have begun to use it under its new name.
      let old = try LockFile("\(aside.path)/\(Self.fileName)")
      try disk.rename(aside.path, to: location)
      try disk.syncFolder(Disk.parent(of: location))
      if aside.lockIsNew { try old.remove(at: "\(location)/\(Self.fileName)") }
      return true
    } catch {
      return false
    }
  }

  /// Locks the folder `path`; if it holds a run, moves it aside and creates a new folder.
  ///
  /// The old folder stays locked until the new one is, so that no process can enter either meanwhile.
  ///
  /// - Parameters:
  ///   - path: the folder, or a link to it: then its target is moved, and the link stays.
  ///   - isUsed: whether the locked folder holds something worth keeping.
  ///   - patience: how long to wait for a held lock.
  ///   - waiting: called once when the wait begins.
  ///   - movedAside: receives the new name of the old folder: its own with a number appended.
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

  /// A folder under its current name.
  private struct Aside {
    let path: String
    /// Whether the file `lock` in it was created only to move it.
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
        // The holder may move the folder away; while it only holds the lock, there is nothing to create.
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

/// Folders that a start has created, to be removed if the start is refused.
public struct MadeFolders: Sendable {
  /// Those that were not there before, the innermost first.
  public private(set) var paths: [String] = []
  private let disk: Disk

  /// Creates and syncs the folder `path` and its parents.
  ///
  /// - Throws: ``CheckpointError``; then nothing is left of what was made.
  public init(_ path: String) throws(CheckpointError) {
    try self.init(path, on: Disk())
  }

  /// Makes the folder on `disk`; `earlier` ones, if they are there, count as made too.
  init(
    _ path: String, on disk: Disk, after earlier: MadeFolders? = nil
  ) throws(CheckpointError) {
    self.disk = disk
    var made: [String] = []
    do {
      try disk.makeFolders(path) { made.insert($0, at: 0) }
    } catch {
      paths = made
      removeIfEmpty()
      throw error
    }
    let others = earlier.map { $0.paths.filter { !made.contains($0) } } ?? []
    paths = made + others
  }

  /// Removes them, innermost first, up to the first that is not empty.
  public func removeIfEmpty() {
    for path in paths {
      do {
        try disk.removeFolder(path)
      } catch {
        // What another process has in it stays.
        if error.code != .missing { return }
      }
    }
  }
}
