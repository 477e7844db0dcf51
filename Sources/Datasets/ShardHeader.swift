import Digests

/// The first 128 bytes of a shard: its content, and the data set that it is part of.
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

extension ShardHeader {
  /// Decodes and checks the header at the front of `file`, and the file's length.
  init(_ file: MappedBytes) throws(DatasetError) {
    let magic = file.bytes(from: 0, count: min(file.count, 8))
    // A file that ends before it could differ may be a shard that was cut off.
    guard Self.magic.starts(with: magic) else {
      throw DatasetError(
        .invalid, file.location(0),
        magic == Self.textMagic
          ? "this is a shard of text, not of images; name the one that the model is made for"
          : file.noShard("this is not a shard", advice: "make one with gmlp-train prepare"))
    }
    try file.checkShardHeader(Self.byteCount, "shard", version: Self.formatVersion)
    let sizes = [12, 16, 20].map { file.number(at: $0, bytes: 4) }
    let (shard, shardCount) = (
      file.number(at: 24, bytes: 4), file.number(at: 28, bytes: 4)
    )
    let counts = [32, 40, 48].map { file.number(at: $0, bytes: 8) }
    // Within these limits no product or sum below can overflow 64 bits.
    guard sizes.allSatisfy({ 1 <= $0 && $0 <= 1 << 16 }),
      counts.allSatisfy({ 0 <= $0 && $0 < 1 << 32 }), shard < shardCount, counts[0] > 0,
      counts[1] + counts[0] <= counts[2]
    else {
      throw DatasetError(
        .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    }
    let pixels = sizes.reduce(1, *)
    let (bytes, overflows) = counts[0].multipliedReportingOverflow(by: pixels + 4)
    // A size that overflows is longer than any file.
    let end = overflows ? .max : Self.byteCount + min(bytes, .max - Self.byteCount)
    try file.checkShardEnd(end, "\(counts[0]) samples")
    self.init(
      imageShape: ImageShape(channels: sizes[0], rows: sizes[1], columns: sizes[2]),
      shard: shard, shardCount: shardCount, sampleCount: counts[0], firstSample: counts[1],
      totalCount: counts[2], datasetDigest: file.bytes(from: 64, count: 32))
  }

  /// What a shard of text begins with, to tell people that they have named one.
  static let textMagic = Array("GMLPTEXT".utf8)
}

extension ShardHeader {
  /// Whether the file at `path` begins as a shard of images does.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  public static func begins(_ path: String) throws(DatasetError) -> Bool {
    try OpenFile(reading: path).read(at: 0, limit: 8) == magic
  }

  /// Reads the whole shard at `path` and compares its SHA-256 with the recorded one.
  ///
  /// - Returns: the header and the shard's digest in hexadecimal.
  /// - Throws: ``DatasetError`` if it is not a whole shard or its digest differs.
  public static func verify(
    _ path: String
  ) throws(DatasetError) -> (header: ShardHeader, digest: String) {
    let file = try MappedBytes(contentsOf: path)
    let header = try ShardHeader(file)
    try ShardDigest.verify(file, digestAt: shardDigestOffset)
    return (header, hexadecimal(file.bytes(from: shardDigestOffset, count: 32)))
  }

  /// The data set's digest in hexadecimal.
  public var datasetDigestText: String { hexadecimal(datasetDigest) }
}
