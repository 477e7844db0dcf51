/// Packs the tokens of documents, one after the other, into sequences of one length.
///
/// A sequence is the start token, n − 2 tokens of text, and the separator. Where a document ends
/// inside, a separator stands between it and the next one. Only the last sequence of a set may be
/// filled up, with padding after its separator: no token of text is lost.
///
/// - Note: Source: the full-sentences format of Y. Liu et al., "RoBERTa", arXiv:1907.11692, section
///   4.2, with BERT's special tokens.
struct SequencePacker {
  private let length: Int
  private let special: SpecialTokens

  /// The start token and the text of the sequence under way.
  private var sequence: [Int32]

  init(length: Int, special: SpecialTokens) {
    precondition(length >= 3, "sequences of \(length) tokens have no room for text")
    self.length = length
    self.special = special
    sequence = [special.start]
  }

  /// Whether the sequence under way has no text yet.
  var isEmpty: Bool { sequence.count == 1 }

  /// Takes as many of `tokens` as the sequence under way has room for.
  ///
  /// - Returns: their number, and the sequence if it is full.
  mutating func take(_ tokens: ArraySlice<Int32>) -> (count: Int, full: [Int32]?) {
    let taken = tokens.prefix(length - 1 - sequence.count)
    sequence += taken
    guard sequence.count == length - 1 else { return (taken.count, nil) }
    return (taken.count, close())
  }

  /// Separates what is under way from the next document.
  ///
  /// - Returns: the sequence if it is full.
  mutating func separate() -> [Int32]? {
    isEmpty ? nil : take([special.separator]).full
  }

  /// The sequence under way, padded, or nil if it has no text.
  mutating func finish() -> [Int32]? { isEmpty ? nil : close() }

  private mutating func close() -> [Int32] {
    defer { sequence = [special.start] }
    let padding = repeatElement(special.padding, count: length - 1 - sequence.count)
    return sequence + [special.separator] + padding
  }
}
