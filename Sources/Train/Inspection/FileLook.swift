internal import FileKinds
internal import Foundation

/// What a file looks like to somebody who does not know its format.
enum FileLook {
  /// The bytes that are looked at.
  private static let length = 16

  /// A clause about the file at `path`, as in "is text that begins with 'root:x:0:0'".
  ///
  /// - Throws: ``StartError`` with exit code 74 where it cannot be read.
  static func words(for path: String) throws(StartError) -> String {
    let prefix: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      prefix = try file.read(upToCount: FileKind.prefixBytes) ?? Data()
    } catch {
      throw StartError("\(path): cannot be read: \(error.reason)", exitCode: 74)
    }
    if prefix.isEmpty { return "is empty" }
    if let kind = FileKind(of: prefix), !kind.isPlainText { return "is \(kind)" }
    let bytes = prefix.prefix(length)
    // A character may be cut at the end.
    let text = String(decoding: bytes, as: UTF8.self)
      .trimmingCharacters(in: CharacterSet(charactersIn: "\u{FFFD}"))
    let line = text.prefix { !$0.isNewline }
    let isText = text.unicodeScalars.allSatisfy {
      $0 == "\t" || $0 == "\n" || $0 == "\r"
        || $0 != "\u{FFFD}" && $0.properties.generalCategory != .control
    }
    if isText && !line.isEmpty { return "is text that begins with '\(line)'" }
    let digits = bytes.prefix(8).map { String(format: "%02x", $0) }
    return "begins with the bytes \(digits.joined(separator: " "))"
  }
}
