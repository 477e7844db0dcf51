import Digests

/// Where the documents of one text file lie: a table of byte offsets.
///
/// The file is text: a line of headings, then a line a document with its offset and its length in
/// bytes of the unpacked text, its name and whatever else, separated by tabs. Text between documents
/// belongs to none.
public struct DocumentIndex: Sendable, Equatable {
  /// The bytes of each document, in order and apart.
  public let documents: [Range<Int>]

  /// Reads the table at `path`.
  ///
  /// - Throws: ``DatasetError`` that names the first byte of the line at fault.
  public init(contentsOf path: String) throws(DatasetError) {
    let reader = try LineReader(path)
    var documents: [Range<Int>] = []
    _ = try reader.next()
    while true {
      let location = reader.location(reader.offset)
      guard let line = try reader.next() else { break }
      let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
      let fields = String(decoding: content, as: UTF8.self).split(
        separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2, let start = Int(fields[0]), let count = Int(fields[1]), start >= 0,
        count > 0, case let (end, isTooLarge) = start.addingReportingOverflow(count), !isTooLarge
      else {
        throw DatasetError(
          .invalid, location,
          "no document: a line is byte offset, tab, byte length, tab, name; correct the index")
      }
      guard start >= documents.last?.upperBound ?? 0 else {
        throw DatasetError(
          .invalid, location,
          "the document begins at byte \(start), before the end of the one above; sort the index")
      }
      documents.append(start..<end)
    }
    guard !documents.isEmpty else {
      throw DatasetError(
        .invalid, FileLocation(path), "the index names no document; add a line for each")
    }
    self.documents = documents
  }

  /// A SHA-256 of the ranges in hexadecimal.
  var digest: String {
    var hasher = SHA256()
    hasher.update(documents.flatMap { [$0.lowerBound, $0.upperBound] }.span)
    return hasher.hexadecimal
  }
}
