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
