import Glibc

/// The memory that this process may address.
public enum AddressSpace {
  /// The limit in bytes (`ulimit -v`); nil where there is none.
  ///
  /// - Throws: ``HostError``.
  public static func limit() throws(HostError) -> Int? {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0 else {
      throw HostError(call: "getrlimit of the address space", error: errno)
    }
    return limit.rlim_cur == .max ? nil : Int(clamping: limit.rlim_cur)
  }
}
