/// The first 128 bytes of a shard of encoded pictures, whose format the pictures themselves tell.
///
/// All numbers are little-endian: 8 bytes `GMLPPICT`; 32-bit format version, number of class names, bytes
/// of them, a zero, number of this shard, number of shards; 64-bit samples of this shard, number of its
/// first sample, samples of the data set, bytes of all pictures of this shard; the data set's
/// ``EncodedDigest``; the shard's own SHA-256, over all that follows the header and then the header up
/// to this field. After the header come the pictures one after the other, the offset of each picture's
/// end from the first picture's start, 64 bits, the labels, 32 bits each, and the class names, each with a
/// zero byte behind it.
public struct PictureShardHeader: Sendable, Equatable {
  /// The version of the format that is written, and the only one that is read.
  public static let formatVersion = 1

  /// The number of this shard, from 0.
  public let shard: Int

  /// The number of shards of the data set.
  public let shardCount: Int

  /// The number of pictures in this shard.
  public let sampleCount: Int

  /// The number that this shard's first picture has in the data set.
  public let firstSample: Int

  /// The number of pictures of the data set.
  public let totalCount: Int

  /// Bytes of all pictures of this shard.
  public let pictureBytes: Int

  /// The number of class names; 0 if classes have none.
  public let classNameCount: Int

  /// The 32 bytes of the data set's ``EncodedDigest``.
  public let datasetDigest: [UInt8]

  let classNameBytes: Int

  static let byteCount = 128
  static let magic = Array("GMLPPICT".utf8)
  static let shardDigestOffset = 96

  /// The byte at which the ends of the pictures are noted.
  var endsOffset: Int { Self.byteCount + pictureBytes }

  /// The byte at which the labels begin.
  var labelOffset: Int { endsOffset + 8 * sampleCount }

  /// The byte at which the class names begin.
  var namesOffset: Int { labelOffset + 4 * sampleCount }

  /// The length of the whole shard.
  var fileBytes: Int { namesOffset + classNameBytes }

  /// The header up to the shard's own digest.
  func encode() -> [UInt8] {
    let sizes = [Self.formatVersion, classNameCount, classNameBytes, 0, shard, shardCount]
    return Self.magic + sizes.flatMap { littleEndianBytes(UInt32($0)) }
      + [sampleCount, firstSample, totalCount, pictureBytes].flatMap {
        littleEndianBytes(UInt64($0))
      } + datasetDigest
  }
}

extension PictureShardHeader: ShardPlace {
  func isOfSet(of other: PictureShardHeader) -> Bool {
    datasetDigest == other.datasetDigest && classNameCount == other.classNameCount
  }
}

extension PictureShardHeader {
  /// Whether the file at `path` begins as a shard of encoded pictures does.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  public static func begins(_ path: String) throws(DatasetError) -> Bool {
    try OpenFile(reading: path).read(at: 0, limit: 8) == magic
  }

  /// Decodes and checks the header at the front of `file`, and the file's length.
  init(_ file: MappedBytes) throws(DatasetError) {
    guard file.begins(with: Self.magic) else {
      throw DatasetError(
        .invalid, file.location(0),
        file.noShard(
          "this is not a shard of pictures", advice: "make one with gmlp-train prepare images"))
    }
    try file.checkShardHeader(Self.byteCount, "picture shard", version: Self.formatVersion)
    let (names, nameBytes) = (file.number(at: 12, bytes: 4), file.number(at: 16, bytes: 4))
    let (shard, shardCount) = (file.number(at: 24, bytes: 4), file.number(at: 28, bytes: 4))
    let counts = [32, 40, 48].map { file.number(at: $0, bytes: 8) }
    let pictureBytes = file.number(at: 56, bytes: 8)
    // Within these limits no sum below can overflow 64 bits.
    guard counts.allSatisfy({ 0 <= $0 && $0 < 1 << 32 }), shard < shardCount, counts[0] > 0,
      counts[1] + counts[0] <= counts[2], (0..<1 << 60).contains(pictureBytes)
    else {
      throw DatasetError(
        .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    }
    self.init(
      shard: shard, shardCount: shardCount, sampleCount: counts[0], firstSample: counts[1],
      totalCount: counts[2], pictureBytes: pictureBytes, classNameCount: names,
      datasetDigest: file.bytes(from: 64, count: 32), classNameBytes: nameBytes)
    try file.checkShardEnd(fileBytes, "\(sampleCount) pictures")
  }
}
