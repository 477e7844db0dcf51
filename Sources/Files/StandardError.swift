import Foundation

/// Lines for people on standard error.
public enum StandardError {
  /// Writes `text` as one line that begins with the program's name.
  public static func write(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    writeText("gmlp-train: \(line)\n")
  }

  /// Writes `text` as it is.
  public static func writeText(_ text: String) {
    // Nobody is left to whom a failure could be told.
    _ = DescriptorWriter.write(Array(text.utf8), to: STDERR_FILENO)
  }
}
