import Datasets

/// What a shard of text, or a whole set of them, holds; its digests were found right.
public struct TextShardSummary: Sendable, Encodable {
  /// The file or folder.
  public let path: String
  /// The version of the format.
  public let formatVersion: Int
  /// Tokens of a sequence.
  public let sequenceLength: Int
  /// Pieces of the vocabulary.
  public let vocabularyPieces: Int
  /// The SHA-256 of the vocabulary's file.
  public let vocabularySha256: String
  /// The number of this shard from 0; nil for a folder.
  public let shard: Int?
  /// The shards of the set.
  public let shards: Int
  /// Sequences of this file or folder.
  public let sequences: Int
  /// The number that its first sequence has in the set.
  public let firstSequence: Int
  /// Sequences of the set.
  public let totalSequences: Int
  /// The digest of the set's content.
  public let datasetSha256: String
  /// This shard's own digest; nil for a folder.
  public let shardSha256: String?

  /// Reads the shard at `path`.
  ///
  /// - Throws: `DatasetError`.
  public init(file path: String) throws {
    let (header, digest) = try TextShardHeader.verify(path)
    self.init(path, header, shard: header.shard, digest: digest)
  }

  /// Reads all shards in the folder `path`, which are one set, and their vocabulary.
  ///
  /// - Throws: `DatasetError`.
  public init(folder path: String) throws {
    let files = try TextSource(files: [path]).files
    self.init(path, try TextShardHeader.verify(files[0]).header, shard: nil, digest: nil)
  }

  private init(_ path: String, _ header: TextShardHeader, shard: Int?, digest: String?) {
    self.path = path
    formatVersion = TextShardHeader.formatVersion
    sequenceLength = header.sequenceLength
    vocabularyPieces = header.vocabularySize
    vocabularySha256 = header.vocabularyDigestText
    self.shard = shard
    shards = header.shardCount
    sequences = shard == nil ? header.totalCount : header.sampleCount
    firstSequence = shard == nil ? 0 : header.firstSample
    totalSequences = header.totalCount
    datasetSha256 = header.datasetDigestText
    shardSha256 = digest
  }
}
