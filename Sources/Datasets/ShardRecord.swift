/// How far a preparation of pixels is.
///
/// It is written after each full shard, when that is on the disk. A later process keeps the shards that it would
/// write again: those of the same pictures, by the same settings, whose bytes are what they were.
struct ShardRecord: DraftRecord, Equatable {
  /// All that decides what becomes of given samples.
  struct Settings: Codable, Sendable, Equatable {
    var formatVersion = ShardHeader.formatVersion
    let imageShape: ImageShape
    let maximumShardBytes: Int
    /// How the pixels come about, in words; empty if samples are pixels already.
    let making: String

    /// Samples of every shard but the last: as many as have room, and at least one.
    var samplesPerShard: Int {
      max((maximumShardBytes - ShardHeader.byteCount) / (imageShape.count + 4), 1)
    }
  }

  /// A full shard.
  struct Shard: Codable, Sendable, Equatable {
    /// Of all that follows the header.
    let sha256: String
    /// The digest of the list of samples that this shard was made from.
    let list: String
  }

  let settings: Settings
  var shards: [Shard] = []
}
