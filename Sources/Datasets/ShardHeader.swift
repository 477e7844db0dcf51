/// The first 128 bytes of a shard: what it holds and of which data set it is a part.
///
/// All numbers are little-endian: 8 bytes `GMLPSHRD`; 32-bit format version, channels, rows,
/// columns, number of this shard, number of shards; 64-bit samples of this shard, number of its
/// first sample, samples of the data set, and a zero; the data set's ``ContentDigest``; the shard's
/// own SHA-256, over all that follows the header and then the header up to this field. After the
/// header come the pixels of all samples (samples, channels, rows, columns), then their labels, 32
/// bits each.
public struct ShardHeader: Sendable, Equatable {
  /// The version of the format that is written, and the only one that is read.
  public static let formatVersion = 1

  /// The size of each image.
  public let imageShape: ImageShape

  /// The number of this shard, from 0.
  public let shard: Int

  /// The number of shards of the data set.
  public let shardCount: Int

  /// The number of samples in this shard.
  public let sampleCount: Int

  /// The number that this shard's first sample has in the data set.
  public let firstSample: Int

  /// The number of samples of the data set.
  public let totalCount: Int

  /// The 32 bytes of the data set's ``ContentDigest``.
  public let datasetDigest: [UInt8]

  /// Reads the header of the shard at `path` and checks it against the file's length.
  ///
  /// - Throws: ``DatasetError`` if it is not a whole shard of this format version.
  public init(contentsOf path: String) throws(DatasetError) {
    try self.init(MappedBytes(contentsOf: path))
  }

  static let byteCount = 128
  static let magic = Array("GMLPSHRD".utf8)
  static let shardDigestOffset = 96

  init(
    imageShape: ImageShape, shard: Int, shardCount: Int, sampleCount: Int, firstSample: Int,
    totalCount: Int, datasetDigest: [UInt8]
  ) {
    precondition(datasetDigest.count == 32, "a digest of \(datasetDigest.count) bytes")
    self.imageShape = imageShape
    self.shard = shard
    self.shardCount = shardCount
    self.sampleCount = sampleCount
    self.firstSample = firstSample
    self.totalCount = totalCount
    self.datasetDigest = datasetDigest
  }

  /// The byte at which the labels begin.
  var labelOffset: Int { Self.byteCount + sampleCount * imageShape.count }

  /// The length of the whole shard.
  var fileBytes: Int { labelOffset + 4 * sampleCount }

  /// The header up to the shard's own digest.
  func encode() -> [UInt8] {
    let sizes = [
      Self.formatVersion, imageShape.channels, imageShape.rows, imageShape.columns, shard,
      shardCount,
    ]
    return Self.magic + sizes.flatMap { littleEndianBytes(UInt32($0)) }
      + [sampleCount, firstSample, totalCount, 0].flatMap { littleEndianBytes(UInt64($0)) }
      + datasetDigest
  }
}
