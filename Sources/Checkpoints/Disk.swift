import FoundationEssentials
import Glibc
import SystemFiles

/// The calls that change or list folders, one method each, with every return code read.
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
  /// Called before each change; gives the fault that is to happen in its place, if any.
  var rehearse: (@Sendable (DiskOperation) -> DiskFault?)?
  /// What is not on the medium yet, where a loss of power may be rehearsed.
  var unsynced: UnsyncedChanges?

  /// Tells of a change that is about to be made.
  ///
  /// - Throws: the error that a rehearsal or a test wants in its place.
  /// - Returns: a fault that the caller has to imitate.
  @discardableResult
  func announce(_ operation: Operation) throws(CheckpointError) -> DiskFault? {
    try willPerform?(operation)
    let (kind, path) = operation.kind
    let fault = rehearse?(kind)
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

  /// A slowed disk takes small pieces, so that the speed is even.
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
    while true {
      let value = call()
      if value >= 0 { return value }
      let number = errno
      if number != EINTR { throw CheckpointError(call: name, file: file, number: number) }
    }
  }
}

extension Disk {
  /// Makes the folder `path`, with the rights that the umask leaves; false if something of that name
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

  /// Removes `path`, and if it is a folder all that is in it; links are removed, never followed.
  func removeTree(_ path: String) throws(CheckpointError) {
    guard try isFolder(path) else { return try removeFile(path) }
    for name in try names(in: path) { try removeTree("\(path)/\(name)") }
    try announce(.removeFolder(path))
    try Self.check("rmdir", path) { unsafe rmdir(path) }
  }

  /// Makes the folder `path` with all that it lies in, and brings their names to the medium.
  ///
  /// Those that are there are synced too: a process that made them may have been killed before it came
  /// to that.
  func makeFolders(_ path: String) throws(CheckpointError) {
    let parent = Self.parent(of: path)
    if parent != path, try !exists(parent) { try makeFolders(parent) }
    _ = try makeFolder(path)
    let status = try status(path)
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckpointError(call: "mkdir", file: path, number: EEXIST)
    }
    var folder = path
    while Self.parent(of: folder) != folder {
      folder = Self.parent(of: folder)
      if try self.status(folder).st_dev != status.st_dev { break }
      // Who may not list a folder cannot sync it, and has made nothing in it.
      if unsafe access(folder, R_OK) == 0 { try syncFolder(folder) }
    }
  }

  /// The first name that nothing has: `path` with a number behind it.
  func firstFree(_ path: String) throws(CheckpointError) -> String {
    var number = 1
    while try exists("\(path).\(number)") { number += 1 }
    return "\(path).\(number)"
  }

  /// The folder that `path` lies in.
  static func parent(of path: String) -> String {
    let isAbsolute = path.hasPrefix("/")
    let parts = path.split(separator: "/").dropLast()
    if parts.isEmpty { return isAbsolute ? "/" : "." }
    return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
  }

  /// `path` with the links resolved that it is itself, whether or not there is anything at their end.
  func resolvingLinks(_ path: String) throws(CheckpointError) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    // As many as the kernel follows.
    for _ in 0..<40 {
      guard let target = try destination(ofLink: path) else { return path }
      path = target.hasPrefix("/") ? target : "\(Self.parent(of: path))/\(target)"
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    }
    throw CheckpointError(call: "readlink", file: path, number: ELOOP)
  }

  /// Brings the names in the folder `path` to the medium, where the file system can.
  func syncFolder(_ path: String) throws(CheckpointError) {
    if try announce(.syncFolder(path)) == .skip { return }
    let descriptor = try Self.check("open", path) {
      unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    let result = FolderSync(of: descriptor)
    try Self.check("close", path) { close(descriptor) }
    if case .failed(let number) = result {
      throw CheckpointError(call: "fsync", file: path, number: number)
    }
  }

  /// The names in the folder `path`, in no order.
  func names(in path: String) throws(CheckpointError) -> [String] {
    // Opened once by hand: Foundation's errors hide the system's reason.
    let descriptor = try Self.check("open", path) {
      unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    try Self.check("close", path) { close(descriptor) }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw CheckpointError(
        .inputOutput, path, "the folder cannot be listed", advice: "check the disk")
    }
  }

  /// Whether anything, a dangling link too, has the name `path`.
  func exists(_ path: String) throws(CheckpointError) -> Bool {
    var status = stat()
    if unsafe lstat(path, &status) == 0 { return true }
    let number = errno
    if number == ENOENT { return false }
    throw CheckpointError(call: "lstat", file: path, number: number)
  }

  /// Whether `path` is a folder itself, not a link to one.
  func isFolder(_ path: String) throws(CheckpointError) -> Bool {
    var status = stat()
    try Self.check("lstat", path) { unsafe lstat(path, &status) }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  /// What the system knows of what `path` names, links followed.
  func status(_ path: String) throws(CheckpointError) -> stat {
    var status = stat()
    try Self.check("stat", path) { unsafe stat(path, &status) }
    return status
  }

  /// Where the symbolic link `path` points; nil if there is none.
  func destination(ofLink path: String) throws(CheckpointError) -> String? {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &text, text.count)
    if count >= 0 {
      let bytes = text[..<count].map(UInt8.init(bitPattern:))
      guard let target = String(validating: bytes, as: UTF8.self) else {
        // A repaired name would be that of another folder.
        throw CheckpointError(
          .invalid, path, "the link leads to a name that is not UTF-8", advice: "name it otherwise")
      }
      return target
    }
    let number = errno
    if number == ENOENT || number == EINVAL { return nil }
    throw CheckpointError(call: "readlink", file: path, number: number)
  }
}
