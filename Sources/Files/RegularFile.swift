import Glibc
import Synchronization

/// An open file: interrupted calls and short counts are continued, every return code is checked.
///
/// Modules describe its errors in their own words.
public final class RegularFile: Sendable {
  /// What a file is opened for.
  public enum Purpose: Sendable {
    /// Reading what is there.
    case reading
    /// Writing and reading a new file, which must not exist.
    case creating
    /// Writing and reading a new or emptied file.
    case replacing
    /// Changing parts of an existing file.
    case updating

    var flags: Int32 {
      switch self {
      // A pipe would wait for a writer.
      case .reading: O_RDONLY | O_NONBLOCK
      case .creating: O_RDWR | O_CREAT | O_EXCL
      case .replacing: O_RDWR | O_CREAT | O_TRUNC
      case .updating: O_RDWR
      }
    }
  }

  /// The status of an open file.
  public struct Status: Sendable, Equatable {
    /// Whether it is a file and not a folder, a pipe or a device.
    public let isRegular: Bool
    /// Its length.
    public let bytes: Int
    /// When its content was changed, in nanoseconds since 1970.
    public let modifiedNanoseconds: Int
  }

  /// Where the file was when it was opened.
  public let path: String
  /// The file descriptor.
  public let descriptor: Int32
  private let isOpen = Atomic(true)

  /// Opens the file at `path`, of any kind.
  ///
  /// - Throws: ``SystemCallError`` of "open".
  public init(_ path: String, for purpose: Purpose) throws(SystemCallError) {
    descriptor = try SystemCallError.check("open", path) {
      unsafe open(path, purpose.flags | O_CLOEXEC, 0o666)
    }
    self.path = path
  }

  deinit {
    // Reached still open only by a file that was read, synchronized or given up: nothing can be lost here.
    if isOpen.load(ordering: .acquiring) { _ = Glibc.close(descriptor) }
  }

  /// The file's status.
  ///
  /// - Throws: ``SystemCallError`` of "fstat".
  public func status() throws(SystemCallError) -> Status {
    var status = stat()
    try SystemCallError.check("fstat", path) { unsafe fstat(descriptor, &status) }
    return Status(
      isRegular: status.st_mode & S_IFMT == S_IFREG, bytes: Int(status.st_size),
      modifiedNanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
  }

  /// Syncs everything written.
  ///
  /// After a failure the content is lost: the kernel marks the pages clean, so a second call
  /// would lie. Write the whole file again.
  ///
  /// - Throws: ``SystemCallError`` of "fsync".
  public func synchronize() throws(SystemCallError) {
    try SystemCallError.check("fsync", path) { fsync(descriptor) }
  }

  /// Closes the file, once.
  ///
  /// - Throws: ``SystemCallError`` of "close".
  public func close() throws(SystemCallError) {
    precondition(isOpen.exchange(false, ordering: .acquiringAndReleasing), "\(path) closed twice")
    // Linux frees the descriptor even when it reports an interruption: no second try.
    if Glibc.close(descriptor) != 0, errno != EINTR {
      throw SystemCallError(call: "close", path: path, number: errno)
    }
  }
}

extension RegularFile {
  /// Reads from byte `offset` on until `values` are full or the file ends.
  ///
  /// - Throws: ``SystemCallError`` of "pread" with the byte at which it failed.
  /// - Returns: the bytes read: fewer than `values` have only where the file ends.
  public func read<Element: BitwiseCopyable>(
    at offset: Int, into values: inout MutableSpan<Element>
  ) throws(SystemCallError) -> Int {
    try unsafe values.withUnsafeMutableBytes { buffer throws(SystemCallError) in
      var done = 0
      while done < buffer.count {
        let count = try SystemCallError.check("pread", path, at: offset + done) {
          unsafe pread(
            descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
            off_t(offset + done))
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }

  /// Writes all of `values` from byte `offset` on.
  ///
  /// - Throws: ``SystemCallError`` of "pwrite" with the byte at which it failed.
  public func write<Element: BitwiseCopyable>(
    _ values: Span<Element>, at offset: Int
  ) throws(SystemCallError) {
    var done = 0
    while done < values.count * MemoryLayout<Element>.stride {
      done += try writeSome(of: values, from: done, at: offset + done)
    }
  }

  /// Writes some of `values` by one call.
  ///
  /// - Parameters:
  ///   - values: everything to write.
  ///   - start: the first byte of them that is not yet written; there is one.
  ///   - limit: the most bytes to write.
  ///   - offset: where that byte goes in the file.
  /// - Throws: ``SystemCallError`` of "pwrite" with `offset`.
  /// - Returns: the bytes written, at least 1.
  public func writeSome<Element: BitwiseCopyable>(
    of values: Span<Element>, from start: Int, limit: Int = .max, at offset: Int
  ) throws(SystemCallError) -> Int {
    try unsafe values.withUnsafeBytes { buffer throws(SystemCallError) in
      precondition(start < buffer.count, "byte \(start) of \(buffer.count) is to be written")
      let count = try SystemCallError.check("pwrite", path, at: offset) {
        unsafe pwrite(
          descriptor, buffer.baseAddress.map { unsafe $0 + start },
          min(buffer.count - start, limit), off_t(offset))
      }
      guard count > 0 else {
        throw SystemCallError(call: "pwrite", path: path, number: EIO, offset: offset)
      }
      return count
    }
  }
}
