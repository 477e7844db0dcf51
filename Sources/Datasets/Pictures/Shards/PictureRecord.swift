import Digests

/// How far a preparation of pictures is.
///
/// It is written after each full shard, when that is on the disk. A later process keeps the shards that it would
/// write again: those of the same pictures, by the same settings, whose bytes are what they were.
struct PictureRecord: DraftRecord, Equatable {
  /// All that decides what becomes of given pictures.
  struct Settings: Codable, Sendable, Equatable {
    var formatVersion = PictureShardHeader.formatVersion
    let classNames: [String]?
    let maximumShardBytes: Int
    let shortSide: Int?
    /// What decodes and encodes pictures that are resized; nil if they stay as they are.
    let libraries: String?
  }

  /// A full shard.
  struct Shard: Codable, Sendable, Equatable {
    /// Pictures in it.
    let pictures: Int
    /// Bytes of them.
    let pictureBytes: Int
    /// Of all that follows the header.
    let sha256: String
    /// The number of the first picture of the source that is not in this shard or one before it.
    let nextSample: Int
    /// The digest of the list of pictures that this shard was made from: see ``PictureList``.
    let list: String
    /// What was met up to here.
    let census: PictureCensus
  }

  let settings: Settings
  var shards: [Shard] = []
}

/// The digest of pictures that are not read for it: their names, labels and revisions.
struct PictureList: ~Copyable {
  private var hasher = SHA256()

  /// Adds the next picture; `revision` is that of ``EncodedImageSource/revision(of:)``.
  mutating func add(_ location: FileLocation, label: Int32, revision: String) {
    hasher.update(Array("\(location)\0\(label)\0\(revision)\n".utf8).span)
  }

  /// The digest of all that were added, in hexadecimal.
  var digest: String { hasher.hexadecimal }
}
