import Digests

/// Writes samples of labelled text as shards into a folder, in constant memory, and the vocabulary beside them.
final class LabelledShardWriter {
  private let folder: Folder
  private let task: LabelledTask
  private let classNames: [String]
  private let sequenceLength: Int
  private let vocabulary: Vocabulary
  private let samplesPerShard: Int
  private let tokenBytes: Int
  private var shards: [(content: ShardContentWriter, sampleCount: Int)] = []
  private var digest: LabelledDigest

  /// A writer into `folder`, which is empty.
  ///
  /// - Parameters:
  ///   - folder: where the files go.
  ///   - task: what the samples are for.
  ///   - classNames: the names of the classes in the order of their labels; none for spans.
  ///   - sequenceLength: the tokens of a sequence.
  ///   - vocabulary: what the tokens are of.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sample does.
  /// - Throws: ``DatasetError`` if the disk refuses.
  init(
    folder: Folder, task: LabelledTask, classNames: [String] = [], sequenceLength: Int,
    vocabulary: Vocabulary, maximumShardBytes: Int
  ) throws(DatasetError) {
    self.folder = folder
    self.task = task
    self.classNames = classNames
    self.sequenceLength = sequenceLength
    self.vocabulary = vocabulary
    tokenBytes = TextShardHeader.tokenBytes(vocabularySize: vocabulary.count)
    let sampleBytes = LabelledShardHeader.sampleBytes(
      sequenceLength: sequenceLength, vocabularySize: vocabulary.count)
    let room =
      maximumShardBytes - LabelledShardHeader.byteCount
      - LabelledShardHeader.encode(classNames).count
    samplesPerShard = max(room / sampleBytes, 1)
    digest = LabelledDigest(
      task: task, classNames: classNames, sequenceLength: sequenceLength,
      vocabularyDigest: vocabulary.digestBytes)
    try folder.replaceFile(vocabulary.fileName, with: vocabulary.content)
  }

  /// The samples written.
  var sampleCount: Int { shards.reduce(0) { $0 + $1.sampleCount } }

  /// Adds the next sample.
  func append(_ sample: LabelledSample) throws(DatasetError) {
    if shards.last.map({ $0.sampleCount == samplesPerShard }) ?? true { try startShard() }
    digest.update(sample)
    let last = shards.count - 1
    try shards[last].content.append(
      TokenStorage.bytes(sample.tokens, tokenBytes: tokenBytes)
        + sample.numbers.flatMap { littleEndianBytes($0) })
    shards[last].sampleCount += 1
  }

  private func startShard() throws(DatasetError) {
    try shards.last?.content.finish()
    let content = try ShardContentWriter(
      creating: "\(folder.path)/\(TextShardWriter.name(shards.count))",
      headerBytes: LabelledShardHeader.byteCount)
    try content.append(LabelledShardHeader.encode(classNames))
    shards.append((content, 0))
  }

  /// Writes the questions, if there are any, and the headers; returns when all is on the disk.
  func finish(questions: [UInt8]? = nil) throws(DatasetError) {
    try shards.last?.content.finish()
    var questionsDigest = [UInt8](repeating: 0, count: SHA256.byteCount)
    if let questions {
      var hasher = SHA256()
      hasher.update(questions.span)
      questionsDigest = hasher.bytes
      try folder.replaceFile(QuestionFile.fileName, with: questions)
    }
    let datasetDigest = digest.finalize(questionsDigest: questionsDigest)
    var first = 0
    for (number, shard) in shards.enumerated() {
      let header = LabelledShardHeader(
        task: task, sequenceLength: sequenceLength, vocabularySize: vocabulary.count,
        classNames: classNames, shard: number, shardCount: shards.count,
        sampleCount: shard.sampleCount, firstSample: first, totalCount: sampleCount,
        vocabularyDigest: vocabulary.digestBytes, datasetDigest: datasetDigest,
        questionsDigest: questionsDigest)
      try shard.content.write(header: header.encode())
      first += shard.sampleCount
    }
    try folder.synchronize()
  }
}

/// The digest of a set of labelled text, equal however it is cut into shards.
///
/// It is the SHA-256 of `gmlp-train labelled text 1`, the task, the length of a sequence, the SHA-256 of the
/// vocabulary's file, the number of classes, and the length and UTF-8 of each name; then of each sample in order its
/// tokens and its seven numbers; then the SHA-256 of the questions' file, or zeros, and the number of samples. What is
/// of a sample are 32-bit numbers, the others 64-bit, all little-endian.
public struct LabelledDigest: ~Copyable, Sendable {
  private var hasher = SHA256()
  private var count = 0

  init(
    task: LabelledTask, classNames: [String], sequenceLength: Int, vocabularyDigest: [UInt8]
  ) {
    hasher.update(Array("gmlp-train labelled text 1".utf8).span)
    for number in [task.rawValue, sequenceLength] {
      hasher.update(littleEndianBytes(UInt64(number)).span)
    }
    hasher.update(vocabularyDigest.span)
    hasher.update(littleEndianBytes(UInt64(classNames.count)).span)
    for name in classNames {
      hasher.update(littleEndianBytes(UInt64(name.utf8.count)).span)
      hasher.update(Array(name.utf8).span)
    }
  }

  /// Adds the next sample.
  mutating func update(_ sample: LabelledSample) {
    hasher.update(sample.tokens.span)
    hasher.update(sample.numbers.span)
    count += 1
  }

  /// The 32 bytes for all samples; nothing may follow.
  mutating func finalize(questionsDigest: [UInt8]) -> [UInt8] {
    hasher.update(questionsDigest.span)
    hasher.update(littleEndianBytes(UInt64(count)).span)
    return hasher.bytes
  }
}
