import Glibc
import Files

/// An open file: each system call it needs, retried when interrupted, each failure thrown.
final class OpenFile: Sendable {
  let path: String
  let descriptor: Int32

  /// Opens an existing regular file to read.
  init(reading path: String) throws(DatasetError) {
    // A pipe would wait for somebody to write to it.
    let descriptor = retried { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system(path, "cannot open") }
    self.path = path
    self.descriptor = descriptor
    _ = try size()
  }

  /// Makes a new file to write; nothing may be there.
  init(creating path: String) throws(DatasetError) {
    let descriptor = retried {
      unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw .system(path, "cannot create") }
    self.path = path
    self.descriptor = descriptor
  }

  /// Opens an existing file to change parts of it.
  init(updating path: String) throws(DatasetError) {
    let descriptor = retried { unsafe open(path, O_RDWR | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system(path, "cannot open") }
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    // Writers call synchronize before: a failure here could no longer lose anything.
    _ = close(descriptor)
  }

  /// The bytes of a regular file.
  func size() throws(DatasetError) -> Int { Int(try status().st_size) }

  /// What the system knows of a regular file.
  func status() throws(DatasetError) -> stat {
    var status = stat()
    guard retried({ unsafe fstat(descriptor, &status) }) == 0 else {
      throw .system(path, "cannot examine")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.invalid, FileLocation(path), "is not a file; name the file itself")
    }
    return status
  }

  /// At most `limit` bytes from `offset` on; fewer, and none, only at the end of the file.
  func read(at offset: Int, limit: Int) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    var filled = 0
    while filled < limit {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        retried {
          unsafe pread(
            descriptor, buffer.baseAddress.map { unsafe $0 + filled }, limit - filled,
            off_t(offset + filled))
        }
      }
      guard count >= 0 else { throw .system(path, offset: offset + filled, "cannot read") }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(limit - filled)
    return bytes
  }

  /// Writes all of `bytes` from `offset` on.
  func write(_ bytes: [UInt8], at offset: Int) throws(DatasetError) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        retried {
          unsafe pwrite(
            descriptor, buffer.baseAddress.map { unsafe $0 + written }, bytes.count - written,
            off_t(offset + written))
        }
      }
      guard count > 0 else { throw .system(path, offset: offset + written, "cannot write") }
      written += count
    }
  }

  /// Returns when the content is on the disk.
  func synchronize() throws(DatasetError) {
    guard retried({ fsync(descriptor) }) == 0 else {
      throw .system(path, "cannot write to the disk")
    }
  }
}

extension DatasetError {
  /// The error of the system call that has just failed on this thread.
  static func system(_ path: String, offset: Int? = nil, _ what: String) -> DatasetError {
    let code = errno
    let reason = unsafe String(cString: strerror(code))
    switch code {
    case ENOENT, ENOTDIR:
      return DatasetError(
        .missing, FileLocation(path), "\(what): no such file; check the path, or install the data")
    case EEXIST, ENOTEMPTY:
      return DatasetError(
        .exists, FileLocation(path), "\(what): it exists already; choose another name or force it")
    case EACCES, EPERM:
      return DatasetError(
        .inputOutput, FileLocation(path), "\(what): \(reason); check its permissions")
    default:
      return DatasetError(
        .inputOutput, FileLocation(path, offset: offset),
        "\(what): \(reason); \(advice(for: code))")
    }
  }

  /// The error that the failed call of the system is.
  static func system(_ error: SystemCallError, _ what: String) -> DatasetError {
    errno = error.number
    return .system(error.path, what)
  }

  private static func advice(for code: Int32) -> String {
    switch code {
    case EFBIG: "raise the limit on the size of files (ulimit -f)"
    case EMFILE: "raise the limit on open files (ulimit -n)"
    default: "check the disk and the path"
    }
  }
}
