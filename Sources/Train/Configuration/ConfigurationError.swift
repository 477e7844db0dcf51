/// A configuration that cannot be used, as one line that names the key and says what to do.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  /// What is wrong and what to do about it.
  public let description: String

  /// An error that reads `description`.
  public init(_ description: String) {
    self.description = description
  }
}
