import Foundation

/// Lines for people on standard error.
public enum StandardError {
  /// Writes `text` as one line that begins with the program's name.
  public static func write(_ text: String) {
    writeLine("gmlp-train: \(text)")
  }

  /// Writes `text` as one line, by one call, so that lines of ranks do not mix.
  ///
  /// Control characters, which names of files and tensors may have, are spelled out: a terminal would obey them.
  public static func writeLine(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let printable = line.unicodeScalars.map {
      $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0)
    }
    writeText("\(printable.joined())\n")
  }

  /// Writes `text` as it is.
  public static func writeText(_ text: String) {
    // Nobody is left to whom a failure could be told.
    _ = DescriptorWriter.write(Array(text.utf8), to: STDERR_FILENO)
  }
}
