import Files

/// The lines of a UTF-8 file, plain or packed, one after the other in constant memory.
final class LineReader {
  /// A longer line comes in parts, cut after a blank where it has one.
  static let longestLine = 1 << 16

  /// The place in the content at which the next line begins.
  private(set) var offset: Int

  private let file: UnpackedFile
  private var buffer: [UInt8]
  private var start = 0
  private var isAtEnd = false
  private var validator: UTF8Validator
  private var kind: FileKind?

  /// Whether the file has no content.
  private(set) var isEmpty = false

  /// Opens the file at `path` and passes over `offset` bytes of content, after which a line begins.
  ///
  /// A byte order mark at the front is passed over too.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, or is an archive or a pointer and no text.
  init(_ path: String, from offset: Int = 0) throws(DatasetError) {
    self.offset = offset
    file = try UnpackedFile(path)
    buffer = try file.skip(offset)
    validator = UTF8Validator(position: offset)
    try validate(buffer)
    if offset == 0 {
      try begin()
    } else if buffer.isEmpty {
      try fill()
    }
  }

  /// Looks at the first bytes of the content.
  private func begin() throws(DatasetError) {
    while buffer.count < FileKind.prefixBytes && !isAtEnd {
      let chunk = try file.next()
      isAtEnd = chunk.isEmpty
      buffer += chunk
    }
    isEmpty = buffer.isEmpty
    kind = isEmpty ? nil : FileKind(of: buffer)
    // All are valid UTF-8, and no document.
    if let kind, kind == .largeFilePointer || kind.isTarArchive || kind.isUTF16 || kind.isZeros {
      throw notText(kind)
    }
    try validate(buffer)
    start = FileKind.byteOrderMarkLength(buffer)
    offset = start
  }

  private func notText(_ kind: FileKind) -> DatasetError {
    DatasetError(
      .invalid, location(0),
      kind.insteadOf("text in UTF-8", advice: "leave it out or convert it"))
  }

  /// Bytes of the file itself that were read so far.
  var packedPosition: Int { file.packedPosition }

  /// A place in the content, for an error to name.
  func location(_ offset: Int) -> FileLocation {
    FileLocation(file.path, offset: offset, isUnpacked: file.isUnpacked)
  }

  /// The next line without its end.
  ///
  /// - Parameter limit: the place before which a line ends in any case; beyond `offset`.
  /// - Returns: nil at the end of the file.
  /// - Throws: ``DatasetError`` if the file cannot be read, is not UTF-8 from the byte named, or the
  ///   limit lies inside a character.
  func next(before limit: Int = .max) throws(DatasetError) -> [UInt8]? {
    precondition(limit > offset, "a line from byte \(offset) before byte \(limit)")
    while true {
      let room = min(Self.longestLine, limit - offset)
      let window = buffer[start..<min(start + room, buffer.count)]
      if let end = window.firstIndex(of: UInt8(ascii: "\n")) {
        return take(end - start, passing: 1)
      }
      // One more byte is needed to see whether a character continues there.
      if buffer.count - start > room {
        return take(try room == Self.longestLine ? cut(window) : wholeCharacters(window))
      }
      if isAtEnd { return window.isEmpty ? nil : take(window.count) }
      try fill()
    }
  }

  private func take(_ count: Int, passing more: Int = 0) -> [UInt8] {
    let line = Array(buffer[start..<(start + count)])
    start += count + more
    offset += count + more
    return line
  }

  /// Where to cut a line that is too long: after its last blank, or between two characters.
  private func cut(_ window: ArraySlice<UInt8>) -> Int {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    if let blank = window.lastIndex(where: { blanks.contains($0) }) { return blank + 1 - start }
    var end = window.endIndex
    while buffer[end] & 0xc0 == 0x80 { end -= 1 }
    return end - start
  }

  private func wholeCharacters(_ window: ArraySlice<UInt8>) throws(DatasetError) -> Int {
    guard buffer[window.endIndex] & 0xc0 != 0x80 else {
      throw DatasetError(
        .invalid, location(offset + window.count),
        "a document border is inside a character; correct the index of documents")
    }
    return window.count
  }

  private func fill() throws(DatasetError) {
    buffer.removeFirst(start)
    start = 0
    let chunk = try file.next()
    isAtEnd = chunk.isEmpty
    try validate(chunk)
    buffer += chunk
  }

  private func validate(_ chunk: [UInt8]) throws(DatasetError) {
    guard let error = validator.firstError(in: chunk) ?? (isAtEnd ? validator.errorAtEnd : nil)
    else { return }
    if let kind, !kind.isPlainText { throw notText(kind) }
    throw DatasetError(
      .invalid, location(error),
      "the text is not UTF-8 here; convert it, for example with iconv -t UTF-8")
  }
}
