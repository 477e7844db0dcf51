import Glibc

/// Something that the system does not tell of this host.
public struct HostError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: the call, what it was about, and the system's reason.
  public let description: String

  /// A system call that has just failed.
  init(call: String, error: Int32) {
    description = "\(call): \(unsafe String(cString: strerror(error)))"
  }
}
