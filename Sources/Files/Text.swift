/// Small text files from any system: with or without a byte order mark, with LF, CRLF
/// or CR at the end of a line.
public enum TextLines {
  /// The lines of UTF-8 `bytes`, without line endings; an empty last line is omitted.
  ///
  /// - Returns: nil if the bytes are not UTF-8.
  public static func read(_ bytes: some Collection<UInt8>) -> [String]? {
    let content = Array(bytes.dropFirst(FileKind.byteOrderMarkLength(bytes)))
    guard String(validating: content, as: UTF8.self) != nil else { return nil }
    var lines: [String] = []
    var start = 0
    var place = 0
    while place < content.count {
      let byte = content[place]
      guard byte == 0x0a || byte == 0x0d else {
        place += 1
        continue
      }
      lines.append(String(decoding: content[start..<place], as: UTF8.self))
      let isPair = byte == 0x0d && place + 1 < content.count && content[place + 1] == 0x0a
      place += isPair ? 2 : 1
      start = place
    }
    if start < content.count {
      lines.append(String(decoding: content[start...], as: UTF8.self))
    }
    return lines
  }
}

/// A number with its noun, as in "1 rank" and "3 ranks".
///
/// - Parameters:
///   - number: how many.
///   - noun: what, in the singular.
///   - plural: its plural, if it is not formed with an s.
/// - Returns: the number and the noun.
public func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}

/// `text` without control characters, which a terminal would obey: they are spelled out, as `\n` and `\u{1B}`.
///
/// Names of files, classes and tensors may have any.
///
/// - Parameters:
///   - text: what is to be printed for people; of what programs read, no byte may change.
///   - keepsLines: whether ends of lines and tabs stay.
/// - Returns: the text to print.
public func printable(_ text: String, keepingLines keepsLines: Bool = false) -> String {
  func isKept(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory != .control
      || keepsLines && (scalar == "\n" || scalar == "\t")
  }
  // Most texts have none.
  if text.unicodeScalars.allSatisfy(isKept) { return text }
  return text.unicodeScalars.map { isKept($0) ? String($0) : $0.escaped(asASCII: true) }.joined()
}
