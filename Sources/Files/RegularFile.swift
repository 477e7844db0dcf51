import Glibc
import Synchronization

/// A file that is open: interrupted calls and short counts are continued, every return code is read.
///
/// Modules put its errors into their own words.
public final class RegularFile: Sendable {
  /// What a file is opened for.
  public enum Purpose: Sendable {
    /// Reading what is there.
    case reading
    /// Writing and reading a new file; nothing may be there.
    case creating
    /// Writing and reading a new file, or one that is there and is emptied.
    case replacing
    /// Changing parts of what is there.
    case updating

    var flags: Int32 {
      switch self {
      // A pipe would wait for somebody to write to it.
      case .reading: O_RDONLY | O_NONBLOCK
      case .creating: O_RDWR | O_CREAT | O_EXCL
      case .replacing: O_RDWR | O_CREAT | O_TRUNC
      case .updating: O_RDWR
      }
    }
  }

  /// What the system knows of an open file.
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
  /// The number that the system knows the open file by.
  public let descriptor: Int32
  private let isOpen = Atomic(true)

  /// Opens the file at `path`, whatever it is.
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

  /// What the system knows of the file.
  ///
  /// - Throws: ``SystemCallError`` of "fstat".
  public func status() throws(SystemCallError) -> Status {
    var status = stat()
    try SystemCallError.check("fstat", path) { unsafe fstat(descriptor, &status) }
    return Status(
      isRegular: status.st_mode & S_IFMT == S_IFREG, bytes: Int(status.st_size),
      modifiedNanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
  }

  /// Brings everything written to the medium.
  ///
  /// After a failure the content is lost: the kernel marks the pages clean, so a second call
  /// would lie. Write the whole file anew.
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
