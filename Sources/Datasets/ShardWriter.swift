/// Writes a data set as a folder of shards, sample after sample, in constant memory.
///
/// The folder appears when all is on the disk: a reader never sees part of a set. A writer that is
/// dropped unfinished removes what it wrote; what a killed one left goes with the next. Only a writer that
/// ``PixelPreparation`` makes leaves its full shards to the next, which takes them up.
public final class ShardWriter {
  /// Why the file system has no locks, so that nothing keeps a second writer out; nil if it has.
  public var lackOfLock: String? { draft.lackOfLock }

  /// The hidden folder in which the set grows.
  public var draftPath: String { draft.path }

  /// Full shards that an earlier process left and this one has taken up.
  public let keptShards: Int

  /// Samples of the set so far, those of an earlier process too.
  private(set) var sampleCount: Int

  private let draft: ShardDraft
  private let imageShape: ImageShape
  private let samplesPerShard: Int
  private var record: ShardRecord
  private var shards: [ShardFileWriter] = []
  private var content: ContentDigest

  /// Starts a data set.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - imageShape: the size of each image.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sample does.
  ///   - replacing: whether an older set in `directory` is to go.
  /// - Throws: ``DatasetError`` if the folder has content that may not be replaced: shards unless
  ///   `replacing`, and any other file, or if another process is at work on it.
  public convenience init(
    directory: String, imageShape: ImageShape, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false
  ) throws(DatasetError) {
    let settings = ShardRecord.Settings(
      imageShape: imageShape, maximumShardBytes: maximumShardBytes, making: "")
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
  ///   - usableShards: how many shards of an earlier record, from the first on, hold pixels that would be
  ///     written again.
  /// - Throws: ``DatasetError`` as ``init(directory:imageShape:maximumShardBytes:replacing:)``.
  init(
    directory: String, _ settings: ShardRecord.Settings, replacing: Bool,
    usableShards: (ShardRecord) throws(DatasetError) -> Int
  ) throws(DatasetError) {
    imageShape = settings.imageShape
    samplesPerShard = settings.samplesPerShard
    content = ContentDigest(imageShape: settings.imageShape)
    var found = ShardRecord(settings: settings)
    draft = try ShardDraft(of: directory, replacing: replacing) { folder throws(DatasetError) in
      guard let earlier = try ShardRecord(in: folder) else { return false }
      found.shards = Array(earlier.shards.prefix(try usableShards(earlier)))
      return !found.shards.isEmpty
    }
    for (number, shard) in found.shards.enumerated() {
      let path = draft.growingPath(number)
      guard
        let taken = try ShardFileWriter(
          finished: path, settings.imageShape, samples: settings.samplesPerShard,
          sha256: shard.sha256)
      else { break }
      for sample in 0..<taken.sampleCount {
        let (pixels, label) = taken.sample(sample)
        content.update(pixels: pixels, label: label)
      }
      shards.append(taken)
    }
    found.shards.removeLast(found.shards.count - shards.count)
    record = found
    keptShards = shards.count
    sampleCount = shards.count * settings.samplesPerShard
    try draft.keep(shards: keptShards)
  }

  /// Whether the next sample begins a new shard while one is under way.
  var isFull: Bool {
    guard let shard = shards.last, !shard.isFinished else { return false }
    return shard.sampleCount == samplesPerShard
  }

  /// Completes the shard under way, which is full, and notes it for a later process.
  ///
  /// - Parameter list: the digest of the list of samples since the shard before.
  /// - Throws: ``DatasetError`` if the disk refuses; the set is then lost.
  func finishShard(list: String) throws(DatasetError) {
    guard let shard = shards.last, isFull else { preconditionFailure("no shard is full") }
    try shard.finishContent()
    record.shards.append(ShardRecord.Shard(sha256: shard.contentDigest, list: list))
    try draft.write(record: record.encode())
  }

  /// Adds the next sample.
  ///
  /// - Parameters:
  ///   - pixels: (channels, rows, columns) bytes.
  ///   - label: its class, from 0.
  /// - Throws: ``DatasetError`` if the disk refuses; the set is then lost.
  public func append(pixels: [UInt8], label: Int32) throws(DatasetError) {
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    precondition(label >= 0, "label \(label) is negative")
    if isFull { try shards.last?.finishContent() }
    if shards.last?.isFinished ?? true {
      shards.append(try ShardFileWriter(creating: draft.growingPath(shards.count), imageShape))
    }
    try shards.last?.append(pixels: pixels, label: label)
    content.update(pixels: pixels, label: label)
    sampleCount += 1
  }

  /// Completes the set and puts it in its place.
  ///
  /// - Returns: the paths of the shards in order.
  /// - Throws: ``DatasetError`` if the disk refuses, or if no sample was added.
  public func finish() throws(DatasetError) -> [String] {
    try draft.requireShards(shards.count)
    try shards.last?.finishContent()
    try writeHeaders()
    return try draft.finish(count: shards.count)
  }

  /// Writes the headers, now that the whole set is known.
  private func writeHeaders() throws(DatasetError) {
    let digest = content.finalize()
    let total = shards.reduce(0) { $0 + $1.sampleCount }
    var first = 0
    for (number, shard) in shards.enumerated() {
      try shard.finish(
        ShardHeader(
          imageShape: imageShape, shard: number, shardCount: shards.count,
          sampleCount: shard.sampleCount, firstSample: first, totalCount: total,
          datasetDigest: digest))
      first += shard.sampleCount
    }
  }
}

extension ShardWriter {
  /// Writes all samples of `source`; the other parameters are those of the initializer.
  ///
  /// - Parameters:
  ///   - source: the samples.
  ///   - directory: the folder to make.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sample does.
  ///   - replacing: whether older shards may go.
  ///   - unlocked: called with the hidden folder and the reason if the file system has no locks.
  ///   - progress: receives the number of samples written, after each of them; may throw to give up.
  /// - Returns: the paths of the shards in order.
  /// - Throws: ``DatasetError`` if a sample cannot be read, or what the writer or `progress` throws.
  public static func write(
    _ source: any ImageSource, directory: String, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false,
    unlocked: (_ folder: String, _ reason: String) -> Void = { _, _ in },
    progress: (Int) throws -> Void = { _ in }
  ) throws -> [String] {
    let writer = try ShardWriter(
      directory: directory, imageShape: source.imageShape, maximumShardBytes: maximumShardBytes,
      replacing: replacing)
    if let reason = writer.lackOfLock { unlocked(writer.draftPath, reason) }
    var pixels = [UInt8](repeating: 0, count: source.imageShape.count)
    for sample in 0..<source.count {
      var span = pixels.mutableSpan
      try source.copyPixels(of: sample, into: &span)
      try writer.append(pixels: pixels, label: source.label(of: sample))
      try progress(sample + 1)
    }
    return try writer.finish()
  }
}
