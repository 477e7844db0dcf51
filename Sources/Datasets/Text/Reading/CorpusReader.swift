/// Reads the lines of a corpus that belong to its documents, from any position on.
final class CorpusReader {
  private let corpus: TextCorpus
  private var position: TextPosition
  private var reader: LineReader?
  private var isInDocument: Bool

  /// Bytes of the files before the one that is open, as they are stored.
  private var bytesBefore: Int

  private let fileBytes: [Int]

  /// A reader from `position` on: the front of the corpus, or that of a line that was read before.
  init(
    _ corpus: TextCorpus, from position: TextPosition = TextPosition()
  ) throws(DatasetError) {
    self.corpus = corpus
    self.position = position
    isInDocument = position.document >= 0
    fileBytes = try corpus.fileBytes()
    bytesBefore = fileBytes[..<position.file].reduce(0, +)
  }

  /// Bytes read so far, as they are stored, of all files.
  var storedBytesRead: Int { bytesBefore + (reader?.packedPosition ?? 0) }

  /// The next line that is not blank and whose document is meant, or nil at the end.
  func next() throws(DatasetError) -> TextLine? {
    while position.file < corpus.files.count {
      let reader = try openFile()
      position.offset = reader.offset
      let limit = try documentLimit(reader)
      guard let limit, let bytes = try reader.next(before: limit) else {
        try closeFile(reader)
        continue
      }
      let isBlank = bytes.allSatisfy { $0 == 0x20 || (0x09...0x0d).contains($0) }
      advanceDocument(isBlank: isBlank)
      if !isBlank && isInDocument && corpus.contains(document: position.document) {
        return TextLine(position: position, bytes: bytes)
      }
    }
    return nil
  }

  private func openFile() throws(DatasetError) -> LineReader {
    if let reader { return reader }
    let opened = try LineReader(corpus.files[position.file], from: position.offset)
    reader = opened
    return opened
  }

  private func closeFile(_ closed: LineReader) throws(DatasetError) {
    if case .index(let index) = corpus.documents, let last = index.documents.last,
      closed.offset < last.upperBound
    {
      throw DatasetError(
        .invalid, closed.location(closed.offset),
        "the text ends here but the index names documents up to byte \(last.upperBound); "
          + "name the index of this text")
    }
    bytesBefore += fileBytes[position.file]
    reader = nil
    position.file += 1
    position.offset = 0
    isInDocument = false
  }

  /// The byte at which the document, or the text before it, ends; nil behind the last document.
  ///
  /// With an index it also finds the document that the reader is in.
  private func documentLimit(_ reader: LineReader) throws(DatasetError) -> Int? {
    guard case .index(let index) = corpus.documents else { return .max }
    var number = max(position.document, 0)
    while number < index.documents.count, index.documents[number].upperBound <= reader.offset {
      number += 1
    }
    guard number < index.documents.count else { return nil }
    position.document = number
    let document = index.documents[number]
    isInDocument = document.contains(reader.offset)
    return isInDocument ? document.upperBound : document.lowerBound
  }

  /// Counts documents where it is the lines that tell.
  private func advanceDocument(isBlank: Bool) {
    switch corpus.documents {
    case .index: break
    case .files:
      position.document = position.file
      isInDocument = true
    case .blankLines:
      if !isBlank && !isInDocument { position.document += 1 }
      isInDocument = !isBlank
    }
  }
}

/// A place in a corpus at which reading can begin: the front of a line.
struct TextPosition: Codable, Sendable, Equatable {
  /// The number of the file.
  var file = 0

  /// The byte of its content.
  var offset = 0

  /// The number of the document that the line belongs to.
  var document = -1
}

/// One line of a corpus.
struct TextLine: Sendable, Equatable {
  /// Where it begins, and its document.
  let position: TextPosition

  /// Its UTF-8 without the end of the line.
  let bytes: [UInt8]
}
