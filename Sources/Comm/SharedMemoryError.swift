import Glibc

/// Why the ranks of one host cannot share memory.
///
/// Every rank gets one, if any rank had a fault. Nothing is lost by it: messages do the same.
public struct SharedMemoryError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: the rank, the call and the cause.
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  /// A system call that has just failed.
  init(call: String, error: Int32) {
    self.init("\(call) failed: \(unsafe String(cString: strerror(error)))")
  }
}
