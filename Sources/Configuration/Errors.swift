import Files
public import Platform

/// A configuration that cannot be used, as one line that names the key and says what to do.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  /// What is wrong and what to do about it.
  public let description: String

  /// An error that reads `description`; control characters that it quotes are spelled out.
  public init(_ description: String) {
    self.description = printable(description)
  }
}

/// What ends a command, as one line for people and an exit code.
public struct CommandError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, where, and what to do.
  public let description: String
  /// The exit code.
  public let exitCode: Int32

  /// An error of this process.
  public init(_ description: String, exitCode: ExitCode) {
    self.init(description, relaying: exitCode.rawValue)
  }

  /// An error whose code another rank or process has chosen.
  public init(_ description: String, relaying exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}
