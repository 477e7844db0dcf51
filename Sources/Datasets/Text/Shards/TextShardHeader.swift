import Digests

/// The first 160 bytes of a shard of text: its content, and the data set that it is part of.
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

  /// The most tokens of a sequence.
  static let longestSequence = 1 << 16

  static let byteCount = 160
  static let magic = ShardHeader.textMagic
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

extension TextShardHeader {
  /// Decodes and checks the header at the front of `file`, and the file's length.
  init(_ file: MappedBytes) throws(DatasetError) {
    let magic = file.bytes(from: 0, count: min(file.count, 8))
    // A file that ends before it could differ may be a shard that was cut off.
    guard Self.magic.starts(with: magic) else {
      throw DatasetError(
        .invalid, file.location(0),
        file.noShard("this is not a shard of text", advice: "make one with prepare text"))
    }
    try file.checkShardHeader(Self.byteCount, "text shard", version: Self.formatVersion)
    sequenceLength = file.number(at: 12, bytes: 4)
    vocabularySize = file.number(at: 16, bytes: 4)
    shard = file.number(at: 24, bytes: 4)
    shardCount = file.number(at: 28, bytes: 4)
    sampleCount = file.number(at: 32, bytes: 8)
    firstSample = file.number(at: 40, bytes: 8)
    totalCount = file.number(at: 48, bytes: 8)
    vocabularyDigest = file.bytes(from: Self.vocabularyDigestOffset, count: 32)
    datasetDigest = file.bytes(from: 96, count: 32)
    // Within these limits no product or sum below can overflow 64 bits.
    let counts = [sampleCount, firstSample, totalCount]
    guard 3...Self.longestSequence ~= sequenceLength, 1...1 << 28 ~= vocabularySize,
      file.number(at: 20, bytes: 4) == Self.tokenBytes(vocabularySize: vocabularySize),
      counts.allSatisfy({ 0 <= $0 && $0 < 1 << 32 }), shard < shardCount, sampleCount > 0,
      firstSample + sampleCount <= totalCount
    else {
      throw DatasetError(
        .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    }
    try file.checkShardEnd(
      Self.byteCount + sampleCount * sequenceLength * tokenBytes, "\(sampleCount) sequences")
  }

  /// Reads the whole shard at `path` and compares its SHA-256 with the recorded one.
  ///
  /// - Returns: the header and the shard's digest in hexadecimal.
  /// - Throws: ``DatasetError`` if it is not a complete shard or its digest differs.
  public static func verify(
    _ path: String
  ) throws(DatasetError) -> (header: TextShardHeader, digest: String) {
    let file = try MappedBytes(contentsOf: path)
    let header = try TextShardHeader(file)
    try ShardDigest.verify(file, digestAt: shardDigestOffset)
    return (header, hexadecimal(file.bytes(from: shardDigestOffset, count: 32)))
  }

  /// The SHA-256 of the vocabulary's file in hexadecimal.
  public var vocabularyDigestText: String { hexadecimal(vocabularyDigest) }

  /// The data set's digest in hexadecimal.
  public var datasetDigestText: String { hexadecimal(datasetDigest) }

  /// Whether the file at `path` begins as a shard of text does.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  public static func begins(_ path: String) throws(DatasetError) -> Bool {
    try OpenFile(reading: path).read(at: 0, limit: 8) == magic
  }
}
