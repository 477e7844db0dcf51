import Files
import Glibc

/// The lines of a file, or of a stream as they come: none waits for the next one.
///
/// A line that is not text is a fault of that line only, and the others follow. A byte order mark before the first one
/// is skipped.
final class InputLines {
  /// A line without its line feed.
  struct Line {
    /// Its number, from 1.
    let number: Int
    let bytes: [UInt8]
    /// Whether it was longer than ``longestLine``; it then has no bytes.
    let isTooLong: Bool
  }

  /// Longer lines are not those of texts.
  static let longestLine = 1 << 24

  /// The path of the file, or "standard input".
  let name: String

  private let isStream: Bool
  private let more: () throws(DatasetError) -> [UInt8]
  private var buffer: [UInt8] = []
  /// Where the next line begins in the buffer.
  private var start = 0
  /// Up to where it has no line feed.
  private var searched = 0
  private var isAtEnd = false
  private var isTooLong = false
  private var number = 0

  /// The lines of the file at `path`, plain, gzip or xz.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, is empty, or is not text from its first bytes on.
  init(file path: String) throws(DatasetError) {
    let file = try UnpackedFile(path)
    name = path
    isStream = false
    more = file.next
    while buffer.count < FileKind.prefixBytes && !isAtEnd { try fill() }
    if buffer.isEmpty {
      throw DatasetError(
        .invalid, FileLocation(path), "the file is empty; leave it out or copy it again")
    }
    if let kind = Self.reasonAgainst(buffer) {
      throw DatasetError(
        .invalid, FileLocation(path),
        kind.insteadOf("text in UTF-8", advice: "leave it out or convert it"))
    }
  }

  /// The lines of standard input.
  init() {
    let name = "standard input"
    self.name = name
    isStream = true
    more = { () throws(DatasetError) in
      do throws(SystemCallError) {
        return try DescriptorReader.read(from: STDIN_FILENO, limit: 1 << 16, name: name)
      } catch {
        throw DatasetError.system(error, "cannot read")
      }
    }
  }

  /// What a file that begins so is in place of text; nil if it may be text.
  private static func reasonAgainst(_ content: [UInt8]) -> FileKind? {
    guard let kind = FileKind(of: content), !kind.isPlainText else { return nil }
    // All of these are valid UTF-8.
    if kind == .largeFilePointer || kind.isTarArchive || kind.isUTF16 || kind.isZeros {
      return kind
    }
    var validator = UTF8Validator(position: 0)
    return validator.firstError(in: Array(content.prefix(FileKind.prefixBytes))) == nil ? nil : kind
  }

  /// The first bytes of a file.
  var prefix: ArraySlice<UInt8> { buffer[start...].prefix(Self.longestPrefix) }

  private static let longestPrefix = 1 << 16

  /// Whether ``next()`` returns without waiting.
  var isReady: Bool { !isStream || isAtEnd || lineEnd() != nil }

  /// The next line, for which it waits; nil at the end.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read; nothing follows then.
  func next() throws(DatasetError) -> Line? {
    while true {
      if let end = lineEnd() { return take(until: end, endBytes: 1) }
      if isAtEnd {
        let isNothing = start == buffer.count && !isTooLong
        return isNothing ? nil : take(until: buffer.count, endBytes: 0)
      }
      try fill()
    }
  }

  /// The bytes of a line, which were found to be text.
  ///
  /// - Throws: ``DatasetError`` with the number of the line.
  func text(of line: Line) throws(DatasetError) -> [UInt8] {
    let location = FileLocation(name, line: line.number)
    if line.isTooLong {
      throw DatasetError(
        .invalid, location, "the line is longer than \(Self.longestLine) bytes; is this text?")
    }
    if line.bytes.contains(0) {
      throw DatasetError(
        .invalid, location,
        "there is a zero byte, which text never has: it is binary or UTF-16; convert it to UTF-8")
    }
    var validator = UTF8Validator(position: 0)
    if let error = validator.firstError(in: line.bytes) ?? validator.errorAtEnd {
      throw DatasetError(
        .invalid, location,
        "the text is not UTF-8 from byte \(error) of the line on; convert it, for example with iconv -t UTF-8"
      )
    }
    return line.bytes
  }

  private func lineEnd() -> Int? {
    let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n"))
    searched = end ?? buffer.count
    return end
  }

  private func take(until end: Int, endBytes: Int) -> Line {
    number += 1
    if number == 1 { start += FileKind.byteOrderMarkLength(buffer[start..<end]) }
    let line = Line(
      number: number, bytes: isTooLong ? [] : Array(buffer[start..<end]), isTooLong: isTooLong)
    start = end + endBytes
    searched = start
    isTooLong = false
    return line
  }

  private func fill() throws(DatasetError) {
    buffer.removeFirst(start)
    searched -= start
    start = 0
    if buffer.count > Self.longestLine {
      isTooLong = true
      buffer.removeAll(keepingCapacity: true)
      searched = 0
    }
    let chunk = try more()
    isAtEnd = chunk.isEmpty
    buffer += chunk
  }
}
