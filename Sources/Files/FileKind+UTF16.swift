extension FileKind {
  /// What text in UTF-16 without a byte order mark is called; some editors on Windows save such files.
  ///
  /// Mostly ASCII is recognised, in which each second byte is zero. Such bytes are valid UTF-8 too, so
  /// readers of text have to ask.
  ///
  /// - Parameter bytes: the first bytes of the file.
  /// - Returns: nil for anything else.
  static func utf16(_ bytes: [UInt8]) -> FileKind? {
    // A single character says nothing. The prefix may end between two bytes.
    guard bytes.count >= 4 else { return nil }
    let pairs = stride(from: 0, to: bytes.count - 1, by: 2).map {
      (first: UInt16(bytes[$0]), second: UInt16(bytes[$0 + 1]))
    }
    if isText(pairs.map { $0.second << 8 | $0.first }) { return littleEndian }
    if isText(pairs.map { $0.first << 8 | $0.second }) { return bigEndian }
    return nil
  }

  /// Whether it is text in UTF-16 without a byte order mark, as far as that can be known.
  public var isUTF16: Bool { self == Self.littleEndian || self == Self.bigEndian }

  private static let littleEndian = looksLike("UTF-16LE")
  private static let bigEndian = looksLike("UTF-16BE")

  private static func looksLike(_ encoding: String) -> FileKind {
    FileKind(
      "a file that looks like UTF-16 (\(encoding))",
      advice: "convert it, with iconv -f \(encoding) -t UTF-8")
  }

  /// Whether at least half of the units are ASCII, and none is a control character that text does not have.
  private static func isText(_ units: [UInt16]) -> Bool {
    let breaks: [UInt16] = [0x09, 0x0a, 0x0c, 0x0d]
    let ascii = units.count { (0x20..<0x7f).contains($0) || breaks.contains($0) }
    let hasControls = units.contains { ($0 < 0x20 && !breaks.contains($0)) || $0 == 0x7f }
    return !hasControls && 2 * ascii >= units.count
  }
}
