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
