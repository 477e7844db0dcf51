internal import Foundation

/// Lines for people on standard error.
public enum StandardError {
  /// Writes one line that begins with the program's name.
  public static func write(_ line: String) {
    do {
      try FileHandle.standardError.write(contentsOf: Data("gmlp-train: \(line)\n".utf8))
    } catch {
      // Nobody is left to whom a failure could be told.
    }
  }
}
