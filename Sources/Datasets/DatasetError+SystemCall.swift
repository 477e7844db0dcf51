import Files
import Glibc

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
