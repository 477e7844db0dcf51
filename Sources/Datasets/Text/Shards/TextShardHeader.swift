/// The first 160 bytes of a shard of text: what it holds and of which data set it is a part.
///
/// All numbers are little-endian: 8 bytes `GMLPTEXT`; 32-bit format version, tokens of a sequence,
/// pieces of the vocabulary, bytes of a token (2 or 4), number of this shard, number of shards;
/// 64-bit sequences of this shard, number of its first sequence, sequences of the data set, and a
/// zero; the SHA-256 of the vocabulary's file; the data set's ``TextDigest``; the shard's own
/// SHA-256, over all that follows the header and then the header up to this field. After the header
/// come the tokens of all sequences.
public struct TextShardHeader: Sendable, Equatable {
  /// The version of the format that is written, and the only one that is read.
  public static let formatVersion = 1

  /// The tokens of each sequence.
  public let sequenceLength: Int

  /// The pieces of the vocabulary.
  public let vocabularySize: Int

  /// The number of this shard, from 0.
  public let shard: Int

  /// The number of shards of the data set.
  public let shardCount: Int

  /// The number of sequences in this shard.
  public let sampleCount: Int

  /// The number that this shard's first sequence has in the data set.
  public let firstSample: Int

  /// The number of sequences of the data set.
  public let totalCount: Int

  /// The 32 bytes of the SHA-256 of the vocabulary's file.
  public let vocabularyDigest: [UInt8]

  /// The 32 bytes of the data set's ``TextDigest``.
  public let datasetDigest: [UInt8]

  static let byteCount = 160
  static let magic = Array("GMLPTEXT".utf8)
  static let vocabularyDigestOffset = 64
  static let shardDigestOffset = 128

  /// The bytes in which a token of a vocabulary of `vocabularySize` pieces is stored.
  static func tokenBytes(vocabularySize: Int) -> Int { vocabularySize <= 1 << 16 ? 2 : 4 }

  /// The bytes in which a token is stored.
  var tokenBytes: Int { Self.tokenBytes(vocabularySize: vocabularySize) }

  /// The header up to the shard's own digest.
  func encode() -> [UInt8] {
    precondition(vocabularyDigest.count == 32 && datasetDigest.count == 32, "digests of 32 bytes")
    let sizes = [
      Self.formatVersion, sequenceLength, vocabularySize, tokenBytes, shard, shardCount,
    ]
    return Self.magic + sizes.flatMap { littleEndianBytes(UInt32($0)) }
      + [sampleCount, firstSample, totalCount, 0].flatMap { littleEndianBytes(UInt64($0)) }
      + vocabularyDigest + datasetDigest
  }
}

extension TextShardHeader: ShardPlace {
  func isOfSet(of other: TextShardHeader) -> Bool {
    vocabularyDigest == other.vocabularyDigest && datasetDigest == other.datasetDigest
      && sequenceLength == other.sequenceLength && vocabularySize == other.vocabularySize
  }
}
