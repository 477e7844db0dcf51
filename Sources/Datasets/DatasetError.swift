import Files
import Glibc

/// What is wrong with a file of data: where, what, and what to do about it, in one line.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of the error, for a program to decide by.
  public enum Code: Sendable {
    /// The file does not exist.
    case missing
    /// The content is not what the format or the configuration asks for.
    case invalid
    /// The place to write to is taken.
    case exists
    /// The system could not read or write.
    case inputOutput
  }

  /// The kind of the error.
  public let code: Code

  /// The file and the byte in it.
  public let location: FileLocation

  /// What is wrong and what to do, without the place.
  public let message: String

  /// An error at `location`.
  public init(_ code: Code, _ location: FileLocation, _ message: String) {
    self.code = code
    self.location = location
    self.message = message
  }

  /// The path as the user gave it.
  public var file: String { location.file }

  /// The byte in the file, where one is to blame.
  public var offset: Int? { location.offset }

  /// Place and message on one line.
  public var description: String { "\(location): \(message)" }
}

extension DatasetError {
  /// A file or member that is larger than anything it may be.
  static func tooLarge(_ location: FileLocation, bytes: Int, limit: Int) -> DatasetError {
    DatasetError(
      .invalid, location,
      "has \(bytes) bytes, and at most \(limit) are read; is it the right file?")
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
    case ENXIO, ENODEV:
      // A socket, or a device without a driver.
      return DatasetError(.invalid, FileLocation(path), "is not a file; name the file itself")
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
    return .system(error.path, offset: error.offset, what)
  }

  private static func advice(for code: Int32) -> String {
    switch code {
    case EFBIG: "raise the limit on the size of files (ulimit -f)"
    case EMFILE: "raise the limit on open files (ulimit -n)"
    default: "check the disk and the path"
    }
  }
}
