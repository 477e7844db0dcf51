import Files

/// A configuration that cannot be used, as one line that names the key and says what to do.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  /// What is wrong and what to do about it.
  public let description: String

  /// An error that reads `description`; control characters that it quotes are spelled out.
  public init(_ description: String) {
    self.description = description.unicodeScalars.reduce(into: "") { line, scalar in
      if scalar.properties.generalCategory == .control {
        line += scalar.escaped(asASCII: true)
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
  }
}
