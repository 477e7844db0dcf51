/// A thread that the system did not grant.
public struct ThreadError: Error, CustomStringConvertible, Sendable {
  /// What the thread was for.
  public let name: String
  /// The system's words.
  public let reason: String

  /// What happened and what to do, in one line.
  public var description: String {
    "the thread \(name) cannot start: \(reason); raise ulimit -u, or ulimit -v or -d where that is limited"
  }
}
