internal import Foundation

/// Lines for people on standard error.
public enum StandardError {
  /// Writes `text` as one line that begins with the program's name.
  public static func write(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    do {
      try FileHandle.standardError.write(contentsOf: Data("gmlp-train: \(line)\n".utf8))
    } catch {
      // Nobody is left to whom a failure could be told.
    }
  }
}
