import Digests

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
    guard file.count >= Self.byteCount else {
      throw DatasetError(
        .invalid, file.location(file.count),
        "the file ends inside the shard header of \(Self.byteCount) bytes; make it again")
    }
    let version = file.number(at: 8, bytes: 4)
    guard version == Self.formatVersion else {
      throw DatasetError(
        .invalid, file.location(8),
        "text shard format \(version) but this program reads \(Self.formatVersion); make it again")
    }
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
    guard 3...TextPreparation.longestSequence ~= sequenceLength, 1...1 << 28 ~= vocabularySize,
      file.number(at: 20, bytes: 4) == Self.tokenBytes(vocabularySize: vocabularySize),
      counts.allSatisfy({ 0 <= $0 && $0 < 1 << 32 }), shard < shardCount, sampleCount > 0,
      firstSample + sampleCount <= totalCount
    else {
      throw DatasetError(
        .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    }
    let end = Self.byteCount + sampleCount * sequenceLength * tokenBytes
    guard file.count >= end else {
      throw DatasetError(
        .invalid, file.location(file.count),
        "the shard ends early: its header promises \(sampleCount) sequences; copy or make it again")
    }
    guard file.count == end else {
      throw DatasetError(
        .invalid, file.location(end),
        "other bytes follow the shard's \(sampleCount) sequences; copy or make it again")
    }
  }

  /// Reads the whole shard at `path` and compares its SHA-256 with the recorded one.
  ///
  /// - Returns: the header and the shard's digest in hexadecimal.
  /// - Throws: ``DatasetError`` if it is no whole shard or its digest differs.
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
