import Glibc

/// A limit that the system puts on this process.
public enum ResourceLimit: Sendable {
  /// The memory that it may address, in bytes (`ulimit -v`).
  case addressSpace
  /// The memory that it may write to and shares with nobody, in bytes (`ulimit -d`).
  case data
  /// The length that it may give a file, in bytes (`ulimit -f`).
  case fileSize

  /// The limit that counts now; nil where there is none.
  ///
  /// - Throws: ``HostError``.
  public func current() throws(HostError) -> Int? {
    let (resource, name) =
      switch self {
      case .addressSpace: (RLIMIT_AS, "the address space")
      case .data: (RLIMIT_DATA, "the data")
      case .fileSize: (RLIMIT_FSIZE, "the size of files")
      }
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else {
      throw HostError(call: "getrlimit of \(name)", error: errno)
    }
    return limit.rlim_cur == .max ? nil : Int(clamping: limit.rlim_cur)
  }
}
