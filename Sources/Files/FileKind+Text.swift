extension FileKind {
  /// What stands in the place of a file that Git LFS keeps elsewhere.
  public static let largeFilePointer = FileKind(
    "a Git LFS pointer", advice: "get the file itself with git lfs pull")

  /// The bytes that a mark of the byte order takes at the front of UTF-8 text: 3 or none.
  public static func byteOrderMarkLength(_ prefix: some Collection<UInt8>) -> Int {
    prefix.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// Whether the bytes begin as a Git LFS pointer does.
  public static func isLargeFilePointer(_ prefix: some Collection<UInt8>) -> Bool {
    prefix.starts(with: Array("version https://git-lfs.github.com/spec/".utf8))
  }

  /// Text, by what it begins with.
  package static func text(_ bytes: [UInt8]) -> FileKind? {
    if isLargeFilePointer(bytes) { return largeFilePointer }
    let content = bytes[byteOrderMarkLength(bytes)...]
    // The end of the prefix may cut a character in two.
    guard let text = (0..<4).lazy.compactMap({ validText(content.dropLast($0)) }).first else {
      return nil
    }
    let start = text.drop { $0.isWhitespace }
    let lowercase = start.prefix(64).lowercased()
    if lowercase.hasPrefix("<!doctype html") || lowercase.hasPrefix("<html") {
      return FileKind(
        "an HTML page", advice: "the download gave a web page in its place: get the file itself")
    }
    if lowercase.hasPrefix("<?xml") || lowercase.hasPrefix("<error>") {
      return FileKind(
        "an XML document", advice: "a server may have answered with an error: get the file itself")
    }
    if (start.hasPrefix("{") || start.hasPrefix("[{")) && start.contains("\"") {
      return json
    }
    let line = start.prefix { !$0.isNewline }
    // A message is one line, and no terminal is to act on what a file holds.
    let shown = String.UnicodeScalarView(
      line.prefix(40).unicodeScalars.map {
        $0.properties.generalCategory == .control ? " " : $0
      })
    return FileKind(
      "text that begins with '\(String(shown))\(line.count > 40 ? "…" : "")'", isPlainText: true)
  }

  /// The bytes as text if nothing but text is in them.
  private static func validText(_ bytes: ArraySlice<UInt8>) -> String? {
    let allowed: [UInt8] = [0x09, 0x0a, 0x0c, 0x0d]
    guard !bytes.isEmpty,
      bytes.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || allowed.contains($0) })
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
