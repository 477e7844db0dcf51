import Glibc

/// An open folder, whose names are listed, examined and removed as bytes.
public final class OpenFolder {
  /// The status of a name in a folder; links are not followed.
  public struct Status: Sendable {
    /// Whether it is a folder, and not a link to one.
    public let isFolder: Bool
    /// The length of a file.
    public let bytes: Int
  }

  /// The path for people.
  public let path: String
  private let descriptor: Int32

  /// Opens the folder at `path`, or that at the end of the links there.
  ///
  /// - Throws: ``SystemCallError``.
  public convenience init(_ path: String) throws(SystemCallError) {
    try self.init(path, descriptor: unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
  }

  /// Opens the folder `name` in the folder that `start` is open on, safe against replacement by a link.
  private convenience init(
    _ path: String, at name: [CChar], from start: Int32
  ) throws(SystemCallError) {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    try self.init(path, descriptor: unsafe openat(start, name, flags))
  }

  private init(
    _ path: String, descriptor open: @autoclosure () -> Int32
  ) throws(SystemCallError) {
    self.path = path
    descriptor = try SystemCallError.check("open", path, open)
  }

  deinit {
    // A descriptor that was only read from loses nothing when it is closed.
    _ = close(descriptor)
  }

  /// The names in the folder, unordered, except the folder itself and its parent.
  ///
  /// - Throws: ``SystemCallError``.
  public func names() throws(SystemCallError) -> [FileName] {
    // The stream owns its descriptor, and shares its position with this one.
    let copy = try SystemCallError.check("dup", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
    guard let stream = unsafe fdopendir(copy) else {
      let number = errno
      _ = close(copy)
      throw SystemCallError(call: "fdopendir", path: path, number: number)
    }
    defer {
      // It fails only for a stream that is not open.
      _ = unsafe closedir(stream)
    }
    unsafe rewinddir(stream)
    var names: [FileName] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let bytes = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: UInt8.self, capacity: Int(NAME_MAX) + 1) {
          unsafe Array(UnsafeBufferPointer(start: $0, count: strlen(name)))
        }
      }
      if bytes != Array(".".utf8) && bytes != Array("..".utf8) { names.append(FileName(bytes)) }
      errno = 0
    }
    let number = errno
    guard number == 0 else {
      throw SystemCallError(call: "readdir", path: path, number: number)
    }
    return names
  }

  /// The status of `name`; nil if it no longer exists.
  ///
  /// - Throws: ``SystemCallError``.
  public func status(of name: FileName) throws(SystemCallError) -> Status? {
    try Self.status(of: name.cString, from: descriptor, "\(path)/\(name)")
  }

  /// The status of `path` itself; nil if it does not exist.
  ///
  /// - Throws: ``SystemCallError``.
  public static func status(at path: String) throws(SystemCallError) -> Status? {
    try status(of: FileName(Array(path.utf8)).cString, from: AT_FDCWD, path)
  }

  private static func status(
    of name: [CChar], from start: Int32, _ path: String
  ) throws(SystemCallError) -> Status? {
    var status = stat()
    do {
      try SystemCallError.check("lstat", path) {
        unsafe fstatat(start, name, &status, AT_SYMLINK_NOFOLLOW)
      }
    } catch {
      if error.number == ENOENT { return nil }
      throw error
    }
    return Status(isFolder: status.st_mode & S_IFMT == S_IFDIR, bytes: Int(status.st_size))
  }
}

extension OpenFolder {
  /// Removes `path` and, if it is a folder, its content; links are removed, never followed.
  ///
  /// Names need not be UTF-8.
  ///
  /// - Parameters:
  ///   - path: its path.
  ///   - failure: converts the system's error to the caller's.
  ///   - willRemove: called before each removal with the path and whether it is a folder.
  /// - Throws: what the two give.
  public static func removeTree<Failure: Error>(
    _ path: String, failure: (SystemCallError) -> Failure,
    willRemove: (_ path: String, _ isFolder: Bool) throws(Failure) -> Void
  ) throws(Failure) {
    try removeTree(
      FileName(Array(path.utf8)).cString, from: AT_FDCWD, path, failure: failure,
      willRemove: willRemove)
  }

  private static func removeTree<Failure: Error>(
    _ name: [CChar], from start: Int32, _ path: String, failure: (SystemCallError) -> Failure,
    willRemove: (_ path: String, _ isFolder: Bool) throws(Failure) -> Void
  ) throws(Failure) {
    let inner: (folder: OpenFolder, names: [FileName])?
    do throws(SystemCallError) {
      guard let status = try status(of: name, from: start, path) else {
        throw SystemCallError(call: "lstat", path: path, number: ENOENT)
      }
      if status.isFolder {
        let folder = try OpenFolder(path, at: name, from: start)
        inner = (folder, try folder.names())
      } else {
        inner = nil
      }
    } catch {
      throw failure(error)
    }
    if let (folder, names) = inner {
      for name in names {
        try removeTree(
          name.cString, from: folder.descriptor, "\(path)/\(name)", failure: failure,
          willRemove: willRemove)
      }
    }
    try willRemove(path, inner != nil)
    do {
      try SystemCallError.check(inner == nil ? "unlink" : "rmdir", path) {
        unsafe unlinkat(start, name, inner == nil ? 0 : AT_REMOVEDIR)
      }
    } catch {
      throw failure(error)
    }
  }
}

/// The outcome of syncing a folder.
public enum FolderSync: Sendable, Equatable {
  /// They have.
  case done
  /// The file system cannot sync folders: it keeps names safe by itself, or not at all.
  case unsupported
  /// The system refused with this error number.
  case failed(Int32)

  /// The errors of Linux file systems that cannot sync folders: CIFS, some FUSE and network ones.
  private static let refusals: Set<Int32> = [EINVAL, ENOSYS, EOPNOTSUPP]

  /// Syncs the folder `path`.
  ///
  /// - Throws: ``SystemCallError`` of "open" or "close".
  public init(ofFolder path: String) throws(SystemCallError) {
    let descriptor = try SystemCallError.check("open", path) {
      unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    self.init(of: descriptor)
    try SystemCallError.check("close", path) { close(descriptor) }
  }

  /// Syncs the folder that `descriptor` is open on.
  public init(of descriptor: Int32) {
    while fsync(descriptor) != 0 {
      let number = errno
      if number == EINTR { continue }
      self = Self.refusals.contains(number) ? .unsupported : .failed(number)
      return
    }
    self = .done
  }
}
