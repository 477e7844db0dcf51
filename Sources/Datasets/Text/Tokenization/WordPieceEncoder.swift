/// Cuts words into the longest pieces of a WordPiece vocabulary, from the front on.
///
/// A word for which that fails, or with more than 100 characters, becomes one unknown token.
///
/// - Note: Source: google-research/bert, tokenization.py.
struct WordPieceEncoder: TextEncoder {
  private static let longestWord = 100

  let trie: WordPieceTrie
  private let normalizer: WordPieceNormalizer
  let unknown: Int32

  /// The steps for the characters of ASCII.
  private let asciiSteps: [AsciiStep]

  /// The steps for other characters that were met before.
  private var knownSteps: [UInt32: [WordPieceNormalizer.Step]] = [:]

  /// The UTF-8 and the characters of the current word.
  var word: [UInt8] = []
  var wordCharacters = 0

  /// What a character of ASCII does, which is never more than one thing.
  private enum AsciiStep {
    case nothing
    case separator
    case punctuation(UInt8)
    case letter(UInt8)
  }

  init(trie: WordPieceTrie, normalizer: WordPieceNormalizer, unknown: Int32) {
    self.trie = trie
    self.normalizer = normalizer
    self.unknown = unknown
    asciiSteps = (0..<128).map { value in
      switch normalizer.steps(for: Unicode.Scalar(UInt8(value))).first {
      case nil: .nothing
      case .separator: .separator
      case .punctuation(let bytes): .punctuation(bytes[0])
      case .letter(let bytes): .letter(bytes[0])
      }
    }
  }

  mutating func encode(_ line: [UInt8], into tokens: inout [Int32]) {
    var position = 0
    while position < line.count {
      let byte = line[position]
      if byte < 0x80 {
        position += 1
        switch asciiSteps[Int(byte)] {
        case .nothing: break
        case .letter(let letter):
          word.append(letter)
          wordCharacters += 1
        case .separator: finishWord(&tokens)
        case .punctuation(let mark):
          finishWord(&tokens)
          word.append(mark)
          wordCharacters = 1
          finishWord(&tokens)
        }
      } else {
        for step in steps(for: scalar(line, at: &position)) { take(step, &tokens) }
      }
    }
    finishWord(&tokens)
  }

  private mutating func take(_ step: WordPieceNormalizer.Step, _ tokens: inout [Int32]) {
    switch step {
    case .letter(let bytes):
      word += bytes
      wordCharacters += 1
    case .separator: finishWord(&tokens)
    case .punctuation(let bytes):
      finishWord(&tokens)
      word += bytes
      wordCharacters = 1
      finishWord(&tokens)
    }
  }

  /// Appends the pieces of the current word, if there is one.
  mutating func finishWord(_ tokens: inout [Int32]) {
    if word.isEmpty { return }
    defer {
      word.removeAll(keepingCapacity: true)
      wordCharacters = 0
    }
    guard wordCharacters <= Self.longestWord else { return tokens.append(unknown) }
    let before = tokens.count
    var position = 0
    while position < word.count {
      let root = position == 0 ? WordPieceTrie.wordStart : WordPieceTrie.continuation
      guard let (piece, end) = trie.longestPiece(in: word, from: position, root: root) else {
        tokens.removeLast(tokens.count - before)
        return tokens.append(unknown)
      }
      tokens.append(piece)
      position = end
    }
  }

  mutating func steps(for scalar: UInt32) -> [WordPieceNormalizer.Step] {
    if let known = knownSteps[scalar] { return known }
    guard let character = Unicode.Scalar(scalar) else {
      preconditionFailure("a line that is not UTF-8: character \(scalar)")
    }
    let steps = normalizer.steps(for: character)
    knownSteps[scalar] = steps
    return steps
  }

  /// The character of several bytes at `position`, which moves behind it.
  private func scalar(_ line: borrowing [UInt8], at position: inout Int) -> UInt32 {
    let lead = line[position]
    let count = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    var value = UInt32(lead & (0xff >> UInt8(count + 1)))
    for index in (position + 1)..<(position + count) {
      value = value << 6 | UInt32(line[index] & 0x3f)
    }
    position += count
    return value
  }
}

/// Turns lines of text into tokens; one for each thread.
public protocol TextEncoder {
  /// Appends the tokens of one line.
  ///
  /// - Parameters:
  ///   - line: valid UTF-8.
  ///   - tokens: receives numbers of pieces; special tokens other than the unknown one never arise,
  ///     even where the line spells one out.
  /// - Throws: ``DatasetError`` if memory runs out.
  mutating func encode(_ line: [UInt8], into tokens: inout [Int32]) throws(DatasetError)

  /// Appends the same tokens for `text`, each with its place in it.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  mutating func encode(_ text: String, into tokens: inout [PlacedToken]) throws(DatasetError)
}

extension TextEncoder {
  /// The tokens of one line.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  public mutating func encode(_ line: String) throws(DatasetError) -> [Int32] {
    var tokens: [Int32] = []
    try encode(Array(line.utf8), into: &tokens)
    return tokens
  }
}
