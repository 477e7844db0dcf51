import Files
import Glibc

/// The calls that change or list folders, one method each, with every return code checked.
///
/// Tests hand in `willPerform` to stop a commit before any one of its operations, and a slow disk
/// is imitated by `megabytesPerSecond`.
struct Disk: Sendable {
  /// One change of the file system, named before it is made.
  enum Operation: Sendable, Equatable {
    case createFile(String)
    case write(String)
    case syncFile(String)
    case makeFolder(String)
    case rename(String, to: String)
    case link(String)
    case removeFile(String)
    case removeFolder(String)
    case syncFolder(String)
  }

  /// The speed to which writing is slowed down; nil is as fast as it goes.
  var megabytesPerSecond: Double?
  /// Called before each change; what it throws takes the change's place.
  var willPerform: (@Sendable (Operation) throws(CheckpointError) -> Void)?
  /// Called before each change; gives the fault to inject in its place, if any.
  var inject: (@Sendable (DiskOperation) -> DiskFault?)?
  /// The unsynced changes, if a power loss may be injected.
  var unsynced: UnsyncedChanges?

  /// Announces a change before it is made.
  ///
  /// - Throws: the error that fault injection or a test wants in its place.
  /// - Returns: a fault that the caller has to imitate.
  @discardableResult
  func announce(_ operation: Operation) throws(CheckpointError) -> DiskFault? {
    try willPerform?(operation)
    let (kind, path) = operation.kind
    let fault = inject?(kind)
    switch fault {
    case .error(let number):
      throw CheckpointError(call: kind.rawValue, file: path, number: number)
    case .powerLoss(let keepsNames):
      try unsynced?.undo(keepingNames: keepsNames)
      kill(getpid(), SIGKILL)
    case .late:
      unsynced?.noteLateSync(path)
      return .skip
    case .skip: return .skip
    case .shortWrite, nil: try unsynced?.note(operation)
    }
    return fault
  }

  /// A slowed disk takes small pieces, for an even speed.
  var largestWrite: Int { megabytesPerSecond == nil ? .max : 1 << 18 }

  func slowDown(afterWriting bytes: Int) {
    guard let megabytesPerSecond else { return }
    usleep(UInt32(min(Double(bytes) / megabytesPerSecond, 1e9)))
  }

  /// Repeats `call` while signals interrupt it, and throws when it returns a negative number.
  @discardableResult
  static func check<Value: BinaryInteger>(
    _ name: String, _ file: String, _ call: () -> Value
  ) throws(CheckpointError) -> Value {
    do {
      return try SystemCallError.check(name, file, call)
    } catch {
      throw CheckpointError(error)
    }
  }
}

extension Disk {
  /// Creates the folder `path`, with the permissions that the umask leaves; false if something of that name
  /// is there already.
  func makeFolder(_ path: String) throws(CheckpointError) -> Bool {
    try announce(.makeFolder(path))
    if unsafe mkdir(path, 0o777) == 0 { return true }
    let number = errno
    if number == EEXIST { return false }
    throw CheckpointError(call: "mkdir", file: path, number: number)
  }

  func rename(_ old: String, to new: String) throws(CheckpointError) {
    try announce(.rename(old, to: new))
    try Self.check("rename", old) { unsafe Glibc.rename(old, new) }
  }

  /// Makes `path` a symbolic link to `target`.
  func link(_ path: String, to target: String) throws(CheckpointError) {
    try announce(.link(path))
    try Self.check("symlink", path) { unsafe symlink(target, path) }
  }

  func removeFile(_ path: String) throws(CheckpointError) {
    try announce(.removeFile(path))
    try Self.check("unlink", path) { unsafe unlink(path) }
  }

  func removeFolder(_ path: String) throws(CheckpointError) {
    try announce(.removeFolder(path))
    try Self.check("rmdir", path) { unsafe rmdir(path) }
  }

  /// Removes `path`, and if it is a folder all that is in it, under any names; links are removed, never
  /// followed.
  func removeTree(_ path: String) throws(CheckpointError) {
    try OpenFolder.removeTree(path) {
      CheckpointError($0)
    } willRemove: { path, isFolder throws(CheckpointError) in
      try announce(isFolder ? .removeFolder(path) : .removeFile(path))
    }
  }

  /// Creates and syncs the folder `path` and its parents.
  ///
  /// Existing ones are synced too: the process that created them may have been killed before it came
  /// to that.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - made: receives each that was not there before, the outermost first.
  /// - Throws: ``CheckpointError``, also for a file in place of a folder.
  func makeFolders(_ path: String, made: (String) -> Void) throws(CheckpointError) {
    try makeMissing(path, made)
    let status = try status(path)
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckpointError(call: "mkdir", file: path, number: EEXIST)
    }
    var folder = path
    while Self.parent(of: folder) != folder {
      folder = Self.parent(of: folder)
      if try self.status(folder).st_dev != status.st_dev { break }
      // Without permission to list a folder it cannot be synced, and nothing was created in it.
      if unsafe access(folder, R_OK) == 0 { try syncFolder(folder) }
    }
  }

  private func makeMissing(_ path: String, _ made: (String) -> Void) throws(CheckpointError) {
    let parent = Self.parent(of: path)
    if parent != path, try !exists(parent) { try makeMissing(parent, made) }
    if try makeFolder(path) { made(path) }
  }

  /// The first unused name: `path` with a number appended.
  func firstFree(_ path: String) throws(CheckpointError) -> String {
    var number = 1
    while try exists("\(path).\(number)") { number += 1 }
    return "\(path).\(number)"
  }

  /// The folder that contains `path`.
  static func parent(of path: String) -> String { SystemPath.folder(of: path) }

  /// Syncs the folder `path`, if the file system can.
  func syncFolder(_ path: String) throws(CheckpointError) {
    if try announce(.syncFolder(path)) == .skip { return }
    let result: FolderSync
    do {
      result = try FolderSync(ofFolder: path)
    } catch {
      throw CheckpointError(error)
    }
    if case .failed(let number) = result {
      throw CheckpointError(call: "fsync", file: path, number: number)
    }
  }

  /// The names in the folder `path`, unordered, except those that are not UTF-8, which cannot be ours.
  func names(in path: String) throws(CheckpointError) -> [String] {
    do {
      return try OpenFolder(path).names().compactMap(\.text)
    } catch {
      throw CheckpointError(error)
    }
  }

  /// Whether anything exists at `path`, including a dangling link.
  func exists(_ path: String) throws(CheckpointError) -> Bool {
    var status = stat()
    if unsafe lstat(path, &status) == 0 { return true }
    let number = errno
    if number == ENOENT { return false }
    throw CheckpointError(call: "lstat", file: path, number: number)
  }

  /// The identity of the folder at `path`, to detect its replacement; nil if there is none.
  func identity(of path: String) throws(CheckpointError) -> [UInt64]? {
    do {
      let status = try status(path)
      return [UInt64(status.st_dev), UInt64(status.st_ino)]
    } catch {
      if error.code == .missing { return nil }
      throw error
    }
  }

  /// The status of `path`, links followed.
  func status(_ path: String) throws(CheckpointError) -> stat {
    var status = stat()
    try Self.check("stat", path) { unsafe stat(path, &status) }
    return status
  }

  /// Where the symbolic link `path` points; nil if there is none.
  func destination(ofLink path: String) throws(CheckpointError) -> String? {
    do {
      return try SystemPath.destination(ofLink: path)
    } catch {
      throw CheckpointError(error)
    }
  }
}

/// The disk operations of a save, for fault injection.
public enum DiskOperation: String, CaseIterable, Sendable {
  /// A file of a checkpoint is created.
  case create
  /// A part of a file is written.
  case write
  /// A file is synced.
  case sync
  /// A folder is made.
  case makeFolder = "make-folder"
  /// A folder or link gets its final name, or an old one is moved aside.
  case rename
  /// The link to the best checkpoint is made.
  case link
  /// A file is removed.
  case remove
  /// An empty folder is removed.
  case removeFolder = "remove-folder"
  /// A folder is synced.
  case syncFolder = "sync-folder"
}

/// What happens in place of an operation.
public enum DiskFault: Sendable, Equatable {
  /// The system call fails with this error number.
  case error(Int32)
  /// The call writes less than it was asked to.
  case shortWrite
  /// The call is skipped but reported as done.
  case skip
  /// A file is synced only after its folder has its final name.
  case late
  /// The machine loses power and everything that is not synced; names may survive.
  case powerLoss(keepsNames: Bool)
}

extension Disk.Operation {
  /// Which kind of operation it is, and the path that it is about.
  var kind: (DiskOperation, path: String) {
    switch self {
    case .createFile(let path): (.create, path)
    case .write(let path): (.write, path)
    case .syncFile(let path): (.sync, path)
    case .makeFolder(let path): (.makeFolder, path)
    case .rename(_, let path): (.rename, path)
    case .link(let path): (.link, path)
    case .removeFile(let path): (.remove, path)
    case .removeFolder(let path): (.removeFolder, path)
    case .syncFolder(let path): (.syncFolder, path)
    }
  }
}
