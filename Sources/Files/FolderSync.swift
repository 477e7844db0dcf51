import Glibc

/// Whether the names in a folder have been brought to the medium.
public enum FolderSync: Sendable, Equatable {
  /// They have.
  case done
  /// The file system has no such call for folders: it keeps names safe by itself, or never.
  case unsupported
  /// The system refused with this error number.
  case failed(Int32)

  /// What Linux's file systems answer that cannot sync a folder: CIFS, some FUSE and network ones.
  private static let refusals: Set<Int32> = [EINVAL, ENOSYS, EOPNOTSUPP]

  /// Brings the names in the folder `path` to the medium.
  ///
  /// - Throws: ``SystemCallError`` of "open" or "close".
  public init(ofFolder path: String) throws(SystemCallError) {
    let descriptor = try SystemCallError.check("open", path) {
      unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    self.init(of: descriptor)
    try SystemCallError.check("close", path) { close(descriptor) }
  }

  /// Brings the names in the folder that `descriptor` is open on to the medium.
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
