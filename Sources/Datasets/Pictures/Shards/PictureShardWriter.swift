/// Writes encoded pictures as a folder of shards, one after the other, in constant memory.
///
/// The folder appears when all is on the disk, as with ``ShardWriter``.
public final class PictureShardWriter {
  /// Why the file system has no locks, so that nothing keeps a second writer out; nil where it has.
  public var lackOfLock: String? { draft.lackOfLock }

  /// The hidden folder in which the set grows.
  public var draftPath: String { draft.path }

  private let draft: ShardDraft
  private let names: [UInt8]
  private let nameCount: Int
  private let maximumShardBytes: Int
  private var shards: [Shard] = []
  private var digest: EncodedDigest

  /// One shard on its way to the disk.
  private final class Shard {
    let content: ShardContentWriter
    var ends: [Int] = []
    var labels: [Int32] = []
    var sampleCount = 0
    var pictureBytes = 0

    init(_ path: String) throws(DatasetError) {
      content = try ShardContentWriter(creating: path, headerBytes: PictureShardHeader.byteCount)
    }

    func append(_ bytes: [UInt8], label: Int32) throws(DatasetError) {
      try content.append(bytes)
      pictureBytes += bytes.count
      ends.append(pictureBytes)
      labels.append(label)
      sampleCount += 1
    }

    /// Writes the tables and keeps neither memory nor file.
    func finishContent(names: [UInt8]) throws(DatasetError) {
      try content.append(ends.flatMap { littleEndianBytes(UInt64($0)) })
      try content.append(labels.flatMap { littleEndianBytes($0) } + names)
      try content.finish()
      (ends, labels) = ([], [])
    }
  }

  /// Starts a data set.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - classNames: the names in the order of the labels, without zero bytes; nil where there are none.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one picture does.
  ///   - replacing: whether an older set in `directory` is to go.
  /// - Throws: ``DatasetError`` as ``ShardWriter``.
  public init(
    directory: String, classNames: [String]?, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false
  ) throws(DatasetError) {
    names = (classNames ?? []).flatMap { Array($0.utf8) + [0] }
    nameCount = classNames?.count ?? 0
    self.maximumShardBytes = maximumShardBytes
    digest = EncodedDigest(classNames: classNames)
    draft = try ShardDraft(of: directory, replacing: replacing)
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
    if shards.last.map({ !hasRoom($0, for: bytes.count) }) ?? true {
      try shards.last?.finishContent(names: names)
      shards.append(try Shard(draft.growingPath(shards.count)))
    }
    try shards.last?.append(bytes, label: label)
    digest.update(bytes: bytes, label: label)
  }

  private func hasRoom(_ shard: Shard, for bytes: Int) -> Bool {
    let tables = 12 * (shard.sampleCount + 1) + names.count
    return PictureShardHeader.byteCount + shard.pictureBytes + bytes + tables <= maximumShardBytes
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
}
