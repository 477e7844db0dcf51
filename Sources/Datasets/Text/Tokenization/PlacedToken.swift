/// A token and the part of the text that it is for.
///
/// Places count the Unicode scalars of the text as it was given, before any normalisation, as `answer_start` of SQuAD
/// does. Scalars that encoding drops, as controls and, uncased, combining accents, belong to no token at whose border
/// they are. Blanks belong to none.
public struct PlacedToken: Sendable, Equatable {
  /// The number of the piece.
  public let token: Int32

  /// Its scalars, counted from 0; empty if the piece is for nothing but blanks.
  public let scalars: Range<Int>

  /// A token of the given scalars.
  public init(token: Int32, scalars: Range<Int>) {
    self.token = token
    self.scalars = scalars
  }
}

extension WordPieceEncoder {
  mutating func encode(_ text: String, into tokens: inout [PlacedToken]) {
    // For each byte of the current word the number of the scalar that it comes from.
    var sources: [Int] = []
    for (number, scalar) in text.unicodeScalars.enumerated() {
      for step in steps(for: scalar.value) {
        switch step {
        case .letter(let bytes):
          take(bytes, from: number, &sources)
        case .separator:
          finishWord(&sources, &tokens)
        case .punctuation(let bytes):
          finishWord(&sources, &tokens)
          take(bytes, from: number, &sources)
          finishWord(&sources, &tokens)
        }
      }
    }
    finishWord(&sources, &tokens)
  }

  private mutating func take(_ bytes: [UInt8], from scalar: Int, _ sources: inout [Int]) {
    word += bytes
    wordCharacters += 1
    sources += repeatElement(scalar, count: bytes.count)
  }

  private mutating func finishWord(_ sources: inout [Int], _ tokens: inout [PlacedToken]) {
    guard let first = sources.first, let last = sources.last else { return }
    let bytes = word
    var pieces: [Int32] = []
    finishWord(&pieces)
    defer { sources.removeAll(keepingCapacity: true) }
    if pieces == [unknown] {
      tokens.append(PlacedToken(token: unknown, scalars: first..<(last + 1)))
      return
    }
    var position = 0
    for piece in pieces {
      let root = position == 0 ? WordPieceTrie.wordStart : WordPieceTrie.continuation
      guard let (_, end) = trie.longestPiece(in: bytes, from: position, root: root) else {
        preconditionFailure("piece \(piece) at byte \(position) is not found again")
      }
      tokens.append(PlacedToken(token: piece, scalars: sources[position]..<(sources[end - 1] + 1)))
      position = end
    }
  }
}

/// The scalars of a text by its bytes, for libraries that count these.
struct ScalarPlaces {
  /// For each byte, and the end of the text, the scalars that begin before it.
  private let scalarsBefore: [Int]
  private let scalars: [Unicode.Scalar]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    var before: [Int] = []
    before.reserveCapacity(text.utf8.count + 1)
    for (number, scalar) in scalars.enumerated() {
      before += repeatElement(number, count: UTF8.width(scalar))
    }
    scalarsBefore = before + [scalars.count]
  }

  /// The scalars of a range of bytes on borders of characters, without invisible ones at its ends.
  ///
  /// SentencePiece counts the blank before a word as part of the word's first piece.
  func visible(_ bytes: Range<Int>) -> Range<Int> {
    var (start, end) = (scalarsBefore[bytes.lowerBound], scalarsBefore[bytes.upperBound])
    while start < end, Self.isInvisible(scalars[start]) { start += 1 }
    while start < end, Self.isInvisible(scalars[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
      || properties.generalCategory == .control
  }
}
