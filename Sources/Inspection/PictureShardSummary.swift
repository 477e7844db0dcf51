import Datasets

/// What a shard of pictures, or a whole set of them, holds; the digests were computed again and found right.
public struct PictureShardSummary: Sendable, Encodable {
  /// The file or folder.
  public let path: String
  /// The version of the format.
  public let formatVersion: Int
  /// The number of this shard from 0; nil for a folder.
  public let shard: Int?
  /// The shards of the set.
  public let shards: Int
  /// Pictures of this file or folder.
  public let samples: Int
  /// The number that its first picture has in the set.
  public let firstSample: Int
  /// Pictures of the set.
  public let totalSamples: Int
  /// Bytes of the pictures of this file or folder.
  public let pictureBytes: Int
  /// The names of the classes; nil if they have none.
  public let classNames: [String]?
  /// The digest of the set: its pictures, labels and names.
  public let datasetSha256: String
  /// This shard's own digest; nil for a folder.
  public let shardSha256: String?

  /// Reads the shard at `path`.
  ///
  /// - Throws: `DatasetError`.
  public init(file path: String) throws {
    let shard = try PictureShard(path)
    self.init(path, [shard], isWhole: false)
  }

  /// Reads all shards in the folder `path`, which are one set.
  ///
  /// - Throws: `DatasetError`.
  public init(folder path: String, shards: [String]) throws {
    // Refuses what is not a whole set; each shard is verified below.
    _ = try ShardPictures(files: shards, verifying: false)
    self.init(path, try shards.map { try PictureShard($0) }, isWhole: true)
  }

  private init(_ path: String, _ parts: [PictureShard], isWhole: Bool) {
    let header = parts[0].header
    self.path = path
    formatVersion = PictureShardHeader.formatVersion
    shard = isWhole ? nil : header.shard
    shards = header.shardCount
    samples = parts.reduce(0) { $0 + $1.header.sampleCount }
    firstSample = isWhole ? 0 : header.firstSample
    totalSamples = header.totalCount
    pictureBytes = parts.reduce(0) { $0 + $1.header.pictureBytes }
    classNames = parts[0].classNames
    datasetSha256 = parts[0].datasetDigest
    shardSha256 = isWhole ? nil : parts[0].digest
  }
}
