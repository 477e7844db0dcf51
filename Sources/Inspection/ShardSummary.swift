import Datasets

/// What a shard, or a whole set of shards, holds; the digests were computed again and found right.
public struct ShardSummary: Sendable, Encodable {
  /// The file or folder.
  public let path: String
  /// The version of the format.
  public let formatVersion: Int
  /// Planes of an image.
  public let channels: Int
  /// Rows and columns of an image.
  public let imageSize: [Int]
  /// The number of this shard from 0; nil for a folder.
  public let shard: Int?
  /// The shards of the set.
  public let shards: Int
  /// Samples of this file or folder.
  public let samples: Int
  /// The number that its first sample has in the set.
  public let firstSample: Int
  /// Samples of the set.
  public let totalSamples: Int
  /// The digest of the set's content.
  public let datasetSha256: String
  /// This shard's own digest; nil for a folder.
  public let shardSha256: String?

  /// Reads the shard at `path`.
  ///
  /// - Throws: `DatasetError`.
  public init(file path: String) throws {
    let (header, digest) = try ShardHeader.verify(path)
    self.init(path, header, shard: header.shard, samples: header.sampleCount, digest: digest)
  }

  /// Reads all shards in the folder `path`, which are one set.
  ///
  /// - Throws: `DatasetError`.
  public init(folder path: String, shards: [String]) throws {
    let source = try ShardSource(files: shards)
    let header = try ShardHeader(contentsOf: shards[0])
    self.init(path, header, shard: nil, samples: source.count, digest: nil)
  }

  private init(
    _ path: String, _ header: ShardHeader, shard: Int?, samples: Int, digest: String?
  ) {
    self.path = path
    formatVersion = ShardHeader.formatVersion
    channels = header.imageShape.channels
    imageSize = [header.imageShape.rows, header.imageShape.columns]
    self.shard = shard
    shards = header.shardCount
    self.samples = samples
    firstSample = shard == nil ? 0 : header.firstSample
    totalSamples = header.totalCount
    datasetSha256 = header.datasetDigestText
    shardSha256 = digest
  }
}
