internal import Foundation

/// A file that is written to find out what a folder takes, and that is not to stay.
enum ProbeFile {
  private static let prefix = ".gmlp-train-doctor-"
  /// Seconds after which nobody can be using one any more.
  private static let oldest = 3_600.0

  /// A path in `folder` that no other process uses.
  static func path(in folder: String) -> String { "\(folder)/\(prefix)\(UUID().uuidString)" }

  /// An open file in `folder` that has no name: it goes with the process, however that ends.
  ///
  /// - Throws: `POSIXError`.
  static func openNameless(in folder: String) throws -> FileHandle {
    // O_TMPFILE, which C makes of two numbers.
    let nameless = 0o20_000_000 | O_DIRECTORY
    var descriptor = unsafe open(folder, nameless | O_RDWR | O_CLOEXEC, 0o600)
    // Network file systems and old kernels have no such files, and say so in several ways.
    if descriptor < 0 && [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(errno) {
      let path = path(in: folder)
      descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        let status = unsafe unlink(path)
        let number = errno
        if status != 0 {
          close(descriptor)
          throw POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
        }
      }
    }
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Removes what was left in `folder` by a process that was killed.
  ///
  /// - Throws: what Foundation says of a folder that cannot be listed, or of a file that cannot be removed.
  static func removeOld(in folder: String) throws {
    let manager = FileManager.default
    for name in try manager.contentsOfDirectory(atPath: folder) where name.hasPrefix(prefix) {
      let path = "\(folder)/\(name)"
      let written = try manager.attributesOfItem(atPath: path)[.modificationDate] as? Date
      guard let written, -written.timeIntervalSinceNow > oldest else { continue }
      try manager.removeItem(atPath: path)
    }
  }
}
