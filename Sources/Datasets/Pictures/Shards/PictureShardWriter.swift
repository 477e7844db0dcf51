/// Writes encoded pictures as a folder of shards, one after the other, in constant memory.
///
/// The folder appears when all is on the disk, as with ``ShardWriter``. A writer that ``PicturePreparation`` makes
/// takes up the full shards that a killed process left.
public final class PictureShardWriter {
  /// Why the file system has no locks, so that nothing keeps a second writer out; nil if it has.
  public var lackOfLock: String? { draft.lackOfLock }

  /// The hidden folder in which the set grows.
  public var draftPath: String { draft.path }

  /// Full shards that an earlier process left and this one has taken up.
  public let keptShards: Int

  /// How far the set is, for the next process.
  private(set) var record: PictureRecord

  /// The labels that pictures have so far.
  private(set) var labels: Set<Int32> = []

  private let draft: ShardDraft
  private let names: [UInt8]
  private let nameCount: Int
  private let maximumShardBytes: Int
  private var shards: [GrowingPictureShard] = []
  private var digest: EncodedDigest

  /// Starts a data set.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - classNames: the names in the order of the labels, without zero bytes; nil if there are none.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one picture does.
  ///   - replacing: whether an older set in `directory` is to go.
  /// - Throws: ``DatasetError`` as ``ShardWriter``.
  public convenience init(
    directory: String, classNames: [String]?, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false
  ) throws(DatasetError) {
    let settings = PictureRecord.Settings(
      classNames: classNames, maximumShardBytes: maximumShardBytes, shortSide: nil, libraries: nil)
    try self.init(directory: directory, settings, replacing: replacing) {
      _ throws(DatasetError) in 0
    }
  }

  /// Starts a data set, or continues one.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - settings: what decides the shards.
  ///   - replacing: whether an older set in `directory` is to go.
  ///   - usableShards: how many shards of an earlier record, from the first on, hold pictures that would be
  ///     written again.
  /// - Throws: ``DatasetError`` as ``ShardWriter``.
  init(
    directory: String, _ settings: PictureRecord.Settings, replacing: Bool,
    usableShards: (PictureRecord) throws(DatasetError) -> Int
  ) throws(DatasetError) {
    names = (settings.classNames ?? []).flatMap { Array($0.utf8) + [0] }
    nameCount = settings.classNames?.count ?? 0
    maximumShardBytes = settings.maximumShardBytes
    digest = EncodedDigest(classNames: settings.classNames)
    var found = PictureRecord(settings: settings)
    draft = try ShardDraft(of: directory, replacing: replacing) { folder throws(DatasetError) in
      guard let earlier = try PictureRecord(in: folder) else { return false }
      found.shards = Array(earlier.shards.prefix(try usableShards(earlier)))
      return !found.shards.isEmpty
    }
    for (number, shard) in found.shards.enumerated() {
      let path = draft.growingPath(number)
      let header = Self.header(shard, number, nameCount, nameBytes: names.count)
      guard let taken = try GrowingPictureShard(finished: path, header, sha256: shard.sha256)
      else { break }
      for picture in 0..<taken.sampleCount {
        let (bytes, label) = taken.picture(picture)
        digest.update(bytes: bytes, label: label)
        labels.insert(label)
      }
      shards.append(taken)
    }
    found.shards.removeLast(found.shards.count - shards.count)
    record = found
    keptShards = shards.count
    try draft.keep(shards: keptShards)
  }

  /// Whether a picture of this many bytes does not fit into the current shard.
  func isFull(for bytes: Int) -> Bool {
    guard let shard = shards.last, !shard.isFinished else { return false }
    let tables = 12 * (shard.sampleCount + 1) + names.count
    return PictureShardHeader.byteCount + shard.pictureBytes + bytes + tables > maximumShardBytes
  }

  /// Completes the shard under way and notes it for a later process.
  ///
  /// - Parameters:
  ///   - nextSample: the number of the first picture of the source that is not dealt with.
  ///   - list: the digest of the ``PictureList`` since the shard before.
  ///   - census: what was met so far.
  /// - Throws: ``DatasetError`` if the disk refuses; the set is then lost.
  func finishShard(
    nextSample: Int, list: String, census: PictureCensus
  ) throws(DatasetError) {
    guard let shard = shards.last else { preconditionFailure("no shard is under way") }
    try shard.finishContent(names: names)
    record.shards.append(
      PictureRecord.Shard(
        pictures: shard.sampleCount, pictureBytes: shard.pictureBytes,
        sha256: shard.content.contentDigest, nextSample: nextSample, list: list, census: census))
    try draft.write(record: record.encode())
  }

  /// Adds the next picture.
  ///
  /// - Parameters:
  ///   - bytes: the content of its file; at least one.
  ///   - label: its class, from 0.
  /// - Throws: ``DatasetError`` if the disk refuses; the set is then lost.
  public func append(bytes: [UInt8], label: Int32) throws(DatasetError) {
    precondition(!bytes.isEmpty, "a picture of no bytes")
    precondition(label >= 0 && (nameCount == 0 || label < nameCount), "label \(label)")
    if isFull(for: bytes.count) { try shards.last?.finishContent(names: names) }
    if shards.last?.isFinished ?? true {
      shards.append(try GrowingPictureShard(creating: draft.growingPath(shards.count)))
    }
    try shards.last?.append(bytes, label: label)
    digest.update(bytes: bytes, label: label)
    labels.insert(label)
  }

  /// Completes the set and puts it in its place.
  ///
  /// - Returns: the paths of the shards in order.
  /// - Throws: ``DatasetError`` if the disk refuses, or if no picture was added.
  public func finish() throws(DatasetError) -> [String] {
    try draft.requireShards(shards.count)
    try shards.last?.finishContent(names: names)
    let datasetDigest = digest.finalize()
    let total = shards.reduce(0) { $0 + $1.sampleCount }
    var first = 0
    for (number, shard) in shards.enumerated() {
      let header = PictureShardHeader(
        shard: number, shardCount: shards.count, sampleCount: shard.sampleCount,
        firstSample: first, totalCount: total, pictureBytes: shard.pictureBytes,
        classNameCount: nameCount, datasetDigest: datasetDigest, classNameBytes: names.count)
      try shard.content.write(header: header.encode())
      first += shard.sampleCount
    }
    return try draft.finish(count: shards.count)
  }

  /// The sizes of a shard whose place in the set is not known yet.
  private static func header(
    _ shard: PictureRecord.Shard, _ number: Int, _ nameCount: Int, nameBytes: Int
  ) -> PictureShardHeader {
    PictureShardHeader(
      shard: number, shardCount: number + 1, sampleCount: shard.pictures, firstSample: 0,
      totalCount: shard.pictures, pictureBytes: shard.pictureBytes, classNameCount: nameCount,
      datasetDigest: [], classNameBytes: nameBytes)
  }
}
