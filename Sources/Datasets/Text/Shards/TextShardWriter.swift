import Digests

/// Writes sequences of tokens as shards into a folder, in constant memory.
///
/// The digest of a shard is over its bytes, that of the set over its tokens: one that continues
/// after shards which are finished reads these again.
final class TextShardWriter {
  private let folder: Folder
  private let sequenceLength: Int
  private let vocabulary: Vocabulary
  private let sequencesPerShard: Int
  private let tokenBytes: Int
  private var shards: [TextShardFile] = []
  private var digest: TextDigest

  /// A writer into `folder`.
  ///
  /// - Parameters:
  ///   - folder: it has the finished shards; a further one is removed.
  ///   - sequenceLength: the tokens of a sequence.
  ///   - vocabulary: what the tokens are of.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sequence does.
  ///   - finishedShards: full shards that are there.
  /// - Throws: ``DatasetError`` if a finished one is not as it was, or the disk refuses.
  init(
    folder: Folder, sequenceLength: Int, vocabulary: Vocabulary, maximumShardBytes: Int,
    finishedShards: Int
  ) throws(DatasetError) {
    self.folder = folder
    self.sequenceLength = sequenceLength
    self.vocabulary = vocabulary
    tokenBytes = TextShardHeader.tokenBytes(vocabularySize: vocabulary.count)
    let room = maximumShardBytes - TextShardHeader.byteCount
    sequencesPerShard = max(room / (sequenceLength * tokenBytes), 1)
    digest = TextDigest(sequenceLength: sequenceLength, vocabulary: vocabulary)
    for number in 0..<finishedShards {
      shards.append(
        try TextShardFile(
          finished: path(number), sampleCount: sequencesPerShard, sequenceLength: sequenceLength,
          tokenBytes: tokenBytes, each: { digest.update($0) }))
    }
    let unfinished = Self.name(finishedShards)
    if try folder.names().contains(unfinished) { try folder.removeFile(unfinished) }
  }

  /// The shards that are full and on the disk.
  var finishedShards: Int {
    let isLastFull = shards.last?.sampleCount == sequencesPerShard
    return isLastFull ? shards.count : max(shards.count - 1, 0)
  }

  /// The sequences written.
  var sampleCount: Int { shards.reduce(0) { $0 + $1.sampleCount } }

  /// Adds (n) tokens as the next sequence.
  ///
  /// - Returns: whether a shard is full by it, and on the disk.
  func append(_ sequence: [Int32]) throws(DatasetError) -> Bool {
    if shards.last.map({ $0.sampleCount == sequencesPerShard }) ?? true {
      shards.append(try TextShardFile(creating: path(shards.count), tokenBytes: tokenBytes))
    }
    digest.update(sequence)
    let shard = shards[shards.count - 1]
    try shard.append(sequence)
    guard shard.sampleCount == sequencesPerShard else { return false }
    try shard.finishContent()
    return true
  }

  /// Writes the headers, now that the whole set is known.
  ///
  /// - Returns: the names of the shards.
  func finish() throws(DatasetError) -> [String] {
    if let last = shards.last, last.sampleCount < sequencesPerShard { try last.finishContent() }
    let datasetDigest = digest.finalize()
    var first = 0
    for (number, shard) in shards.enumerated() {
      try shard.finish(
        TextShardHeader(
          sequenceLength: sequenceLength, vocabularySize: vocabulary.count, shard: number,
          shardCount: shards.count, sampleCount: shard.sampleCount, firstSample: first,
          totalCount: sampleCount, vocabularyDigest: vocabulary.digestBytes,
          datasetDigest: datasetDigest))
      first += shard.sampleCount
    }
    return shards.indices.map(Self.name)
  }

  /// The name of the shard with this number.
  static func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits + ".shard"
  }

  private func path(_ number: Int) -> String { "\(folder.path)/\(Self.name(number))" }
}

/// The digest of a set of token sequences, equal however it is cut into shards.
///
/// It is the SHA-256 of `gmlp-train text 1`, the length of a sequence, the SHA-256 of the
/// vocabulary's file, then the tokens of each sequence in order, then the number of sequences.
/// Tokens are 32-bit, the other numbers 64-bit, all little-endian.
public struct TextDigest: ~Copyable, Sendable {
  private var hasher = SHA256()
  private var count = 0
  private let sequenceLength: Int

  /// The digest of no sequence yet.
  public init(sequenceLength: Int, vocabulary: Vocabulary) {
    self.sequenceLength = sequenceLength
    hasher.update(Array("gmlp-train text 1".utf8).span)
    hasher.update(littleEndianBytes(UInt64(sequenceLength)).span)
    hasher.update(vocabulary.digestBytes.span)
  }

  /// Adds the next sequence: (n) tokens.
  public mutating func update(_ tokens: [Int32]) {
    precondition(
      tokens.count == sequenceLength, "\(tokens.count) tokens for a sequence of \(sequenceLength)")
    hasher.update(tokens.span)
    count += 1
  }

  /// The 32 bytes for all sequences; nothing may follow.
  public mutating func finalize() -> [UInt8] {
    hasher.update(littleEndianBytes(UInt64(count)).span)
    return hasher.bytes
  }
}
