/// A fault of the start, as one line and an exit code.
public struct StartError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, where, and what to do.
  public let description: String
  /// The exit code.
  public let exitCode: Int32

  /// A fault with its exit code.
  public init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}
