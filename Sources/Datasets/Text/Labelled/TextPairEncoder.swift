/// Turns texts and pairs of texts into the sequences that a model learns from, and is asked about later.
package struct TextPairEncoder {
  private let layout: SequenceLayout
  private let unknown: Int32
  private var encoder: any TextEncoder

  /// An encoder for sequences of `sequenceLength` tokens, for one thread.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  package init(_ vocabulary: Vocabulary, sequenceLength: Int) throws(DatasetError) {
    precondition(
      sequenceLength >= SequenceLayout.shortest, "sequences of \(sequenceLength) tokens")
    layout = SequenceLayout(length: sequenceLength, special: vocabulary.special)
    unknown = vocabulary.special.unknown
    encoder = try vocabulary.makeEncoder()
  }

  /// The sequence of a text, or of two; of a pair that lacks one text it is that of the other.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  package mutating func encode(
    _ text: String, _ pair: String? = nil
  ) throws(DatasetError) -> EncodedTexts {
    let first = try encoder.encode(text)
    var second: [Int32] = []
    if let pair { second = try encoder.encode(pair) }
    let texts = first.isEmpty ? (second, []) : (first, second)
    let cut = layout.cut(texts.0.count, texts.1.count)
    return EncodedTexts(
      packed: layout.pack(texts.0[..<cut.first], texts.1[..<cut.second]),
      textTokens: first.count + second.count,
      cutTokens: first.count + second.count - cut.first - cut.second,
      unknownTokens: (first + second).count { $0 == unknown }, isPair: !texts.1.isEmpty)
  }
}

/// A text, or a pair of texts, as a sequence.
package struct EncodedTexts: Sendable, Equatable {
  let packed: SequenceLayout.Packed

  /// The tokens of both texts before any was cut, without special ones.
  package let textTokens: Int

  /// Those that were cut.
  package let cutTokens: Int

  /// Unknown ones among all tokens of the texts.
  package let unknownTokens: Int

  /// Whether the sequence has two texts.
  package let isPair: Bool

  /// (n) the tokens, special ones and padding included.
  package var tokens: [Int32] { packed.tokens }
}
