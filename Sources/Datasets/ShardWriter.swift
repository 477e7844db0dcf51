/// Writes a data set as a folder of shards, sample after sample, in constant memory.
///
/// The shards grow in a hidden folder beside the final one and take its place by a rename when
/// all is on the disk: a reader never sees part of a set. A writer that is dropped unfinished
/// removes what it wrote; what a killed one left goes with the next.
public final class ShardWriter {
  private let target: Folder
  /// The folder as the caller named it.
  private let directory: String
  private let draft: Folder
  private let imageShape: ImageShape
  private let samplesPerShard: Int
  private let lock: FolderLock
  /// Why the file system has no locks, so that nothing keeps a second writer out; nil where it has.
  public var lackOfLock: String? { lock.lack }
  private let isReplacing: Bool
  private var shards: [ShardFileWriter] = []
  private var content: ContentDigest
  /// Whether the hidden folder is there and ours, to be moved or removed.
  private var hasDraft = false

  /// Starts a data set.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - imageShape: the size of each image.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sample does.
  ///   - replacing: whether an older set in `directory` is to go.
  /// - Throws: ``DatasetError`` if the folder has content that may not be replaced: shards unless
  ///   `replacing`, and any other file, or if another process is at work on it.
  public init(
    directory: String, imageShape: ImageShape, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false
  ) throws(DatasetError) {
    self.directory = directory
    target = try Folder.output(directory, replacing: replacing)
    draft = target.hiddenNeighbour(".incomplete")
    self.imageShape = imageShape
    let room = maximumShardBytes - ShardHeader.byteCount
    samplesPerShard = max(room / (imageShape.count + 4), 1)
    content = ContentDigest(imageShape: imageShape)
    isReplacing = try Self.holdsShards(target, replacing: replacing)
    if try !draft.isThere() { try draft.create() }
    lock = try FolderLock(draft)
    // What a writer has left that holds the lock no more is of no use. Without locks nobody knows.
    _ = try Self.holdsShards(draft, replacing: replacing || lock.lack == nil)
    for name in try draft.contentNames() { try draft.removeFile(name) }
    hasDraft = true
  }

  deinit {
    // Nobody can be told here; the next writer names what is left.
    if hasDraft { _ = Result { () throws(DatasetError) in try removeDraft() } }
  }

  /// Removes the hidden folder, and last of all the file by which it is locked.
  private func removeDraft() throws(DatasetError) {
    for name in try draft.contentNames() { try draft.removeFile(name) }
    try draft.remove()
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
    if shards.last.map({ $0.sampleCount == samplesPerShard }) ?? true {
      try shards.last?.finishContent()
      shards.append(try ShardFileWriter("\(draft.path)/\(shards.count).shard"))
    }
    try shards.last?.append(pixels: pixels, label: label)
    content.update(pixels: pixels, label: label)
  }

  /// Completes the set and puts it in its place.
  ///
  /// - Returns: the paths of the shards in order.
  /// - Throws: ``DatasetError`` if the disk refuses, or if no sample was added.
  public func finish() throws(DatasetError) -> [String] {
    precondition(hasDraft, "\(target.path) is finished")
    guard let last = shards.last else {
      throw DatasetError(.invalid, FileLocation(target.path), "the set is empty; add samples")
    }
    try last.finishContent()
    let names = try writeHeaders()
    try draft.synchronize()
    if isReplacing {
      try draft.replace(target)
    } else {
      try draft.move(to: target)
    }
    hasDraft = false
    try target.parent.synchronize()
    try lock.remove(from: target)
    return names.map { "\(directory)/\($0)" }
  }

  /// Writes the headers, now that the whole set is known, and gives the shards their names.
  private func writeHeaders() throws(DatasetError) -> [String] {
    let digest = content.finalize()
    let total = shards.reduce(0) { $0 + $1.sampleCount }
    var names: [String] = []
    var first = 0
    for (number, shard) in shards.enumerated() {
      try shard.finish(
        ShardHeader(
          imageShape: imageShape, shard: number, shardCount: shards.count,
          sampleCount: shard.sampleCount, firstSample: first, totalCount: total,
          datasetDigest: digest))
      first += shard.sampleCount
      names.append("\(fiveDigits(number))-of-\(fiveDigits(shards.count)).shard")
      try draft.rename("\(number).shard", to: names[number])
    }
    return names
  }

  private func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
  }

  /// Whether there are shards in `folder`, which may then be replaced.
  private static func holdsShards(
    _ folder: Folder, replacing: Bool
  ) throws(DatasetError) -> Bool {
    guard try folder.isThere() else { return false }
    if let other = try folder.firstForeign({ $0.hasSuffix(".shard") && !$0.hasPrefix(".") }) {
      throw DatasetError(
        .exists, FileLocation("\(folder.path)/\(other)"),
        "the folder holds more than shards and stays as it is; choose another one")
    }
    let isEmpty = try folder.contentNames().isEmpty
    guard replacing || isEmpty else {
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "shards are here already, finished or being written; choose another folder or give --force")
    }
    return true
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
  ///   - unlocked: is told the hidden folder and the reason where the file system has no locks.
  ///   - progress: receives the number of samples written, after each of them.
  /// - Returns: the paths of the shards in order.
  /// - Throws: ``DatasetError`` if a sample cannot be read, or what the writer throws.
  public static func write(
    _ source: any ImageSource, directory: String, maximumShardBytes: Int = 1 << 30,
    replacing: Bool = false,
    unlocked: (_ folder: String, _ reason: String) -> Void = { _, _ in },
    progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) -> [String] {
    let writer = try ShardWriter(
      directory: directory, imageShape: source.imageShape, maximumShardBytes: maximumShardBytes,
      replacing: replacing)
    if let reason = writer.lackOfLock { unlocked(writer.draft.path, reason) }
    var pixels = [UInt8](repeating: 0, count: source.imageShape.count)
    for sample in 0..<source.count {
      var span = pixels.mutableSpan
      try source.copyPixels(of: sample, into: &span)
      try writer.append(pixels: pixels, label: source.label(of: sample))
      progress(sample + 1)
    }
    return try writer.finish()
  }
}
