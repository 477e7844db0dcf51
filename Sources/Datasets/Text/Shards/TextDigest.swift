import Digests

/// The digest of a set of token sequences, equal however it is cut into shards.
///
/// It is the SHA-256 of `gmlp-train text 1`, the length of a sequence, the SHA-256 of the
/// vocabulary's file, then the tokens of each sequence in order, then the number of sequences.
/// Tokens are 32-bit, the other numbers 64-bit, all little-endian.
public struct TextDigest: ~Copyable, Sendable {
  private var hasher = SHA256()
  private var count = 0
  private let sequenceLength: Int

  /// The digest of no sequence yet.
  public init(sequenceLength: Int, vocabulary: Vocabulary) {
    self.sequenceLength = sequenceLength
    hasher.update(Array("gmlp-train text 1".utf8).span)
    hasher.update(littleEndianBytes(UInt64(sequenceLength)).span)
    hasher.update(vocabulary.digestBytes.span)
  }

  /// Adds the next sequence: (n) tokens.
  public mutating func update(_ tokens: [Int32]) {
    precondition(
      tokens.count == sequenceLength, "\(tokens.count) tokens for a sequence of \(sequenceLength)")
    hasher.update(tokens.span)
    count += 1
  }

  /// The 32 bytes for all sequences; nothing may follow.
  public mutating func finalize() -> [UInt8] {
    hasher.update(littleEndianBytes(UInt64(count)).span)
    return hasher.bytes
  }
}
