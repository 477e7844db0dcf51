import Glibc

/// An open folder, whose names are listed, looked at and removed as the bytes that they are.
public final class OpenFolder {
  /// What the system knows of a name in a folder; a link is not followed.
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

  /// Opens the folder `name` of the folder that `start` is open on, which nobody can replace by a link meanwhile.
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

  /// The names in the folder, in no order, but for the folder itself and the one above.
  ///
  /// - Throws: ``SystemCallError``.
  public func names() throws(SystemCallError) -> [FileName] {
    // The stream owns its descriptor, and shares its place in the list with this one.
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

  /// What the system knows of `name`; nil where nothing has it any more.
  ///
  /// - Throws: ``SystemCallError``.
  public func status(of name: FileName) throws(SystemCallError) -> Status? {
    try Self.status(of: name.cString, from: descriptor, "\(path)/\(name)")
  }

  /// What the system knows of `path` itself; nil where nothing is there.
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
  /// Removes what is at `path`, and if it is a folder all that is in it; links are removed, never followed.
  ///
  /// Names need not be UTF-8.
  ///
  /// - Parameters:
  ///   - path: where it lies.
  ///   - failure: makes the caller's error of the system's.
  ///   - willRemove: called before each removal with its path and whether it is a folder's.
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
