import Digests

/// Labelled text in shards, which are memory-mapped: the set may be larger than memory.
///
/// It knows nothing of ranks, epochs or batches, and any thread may ask it.
public struct LabelledTextSource: Sendable {
  /// What the tokens are of; its file is next to the shards.
  public let vocabulary: Vocabulary

  /// The paths of the shards, in order.
  public var files: [String] { shards.map(\.file) }

  private let shards: [MappedBytes]
  private let headers: [LabelledShardHeader]
  private let parts: ConcatenatedParts

  /// Opens all shards of a set, in any order.
  ///
  /// - Parameters:
  ///   - paths: the shards, each once, or their folder.
  ///   - verifying: whether every byte is read to compare each shard's SHA-256. Without that the headers and lengths
  ///     are checked, and the vocabulary.
  /// - Throws: ``DatasetError`` if a shard is missing, damaged or of another set, or the vocabulary is not the one
  ///   that the shards were made with.
  public init(files paths: [String], verifying: Bool = true) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var shards: [(file: MappedBytes, header: LabelledShardHeader)] = []
    for path in try expandFolders(paths) {
      let file = try MappedBytes(contentsOf: path)
      shards.append((file, try LabelledShardHeader(file)))
    }
    shards.sort { $0.header.shard < $1.header.shard }
    try checkSet(shards)
    self.shards = shards.map(\.file)
    headers = shards.map(\.header)
    parts = ConcatenatedParts(counts: headers.map(\.sampleCount))
    if verifying {
      for shard in self.shards {
        try ShardDigest.verify(shard, digestAt: LabelledShardHeader.shardDigestOffset)
      }
    }
    vocabulary = try Vocabulary(
      beside: self.shards[0], digest: headers[0].vocabularyDigest,
      pieces: headers[0].vocabularySize)
  }

  /// What the samples are for.
  public var task: LabelledTask { headers[0].task }

  /// The number of samples.
  public var count: Int { parts.count }

  /// The tokens of each sequence.
  public var sequenceLength: Int { headers[0].sequenceLength }

  /// The ``LabelledDigest`` in hexadecimal, as recorded in the headers.
  public var digest: String { hexadecimal(headers[0].datasetDigest) }

  /// The names of the classes in the order of their labels; nil for spans.
  public var classNames: [String]? { task == .classification ? headers[0].classNames : nil }

  /// One sample.
  ///
  /// - Throws: ``DatasetError`` that names the byte of what it cannot be.
  public func sample(_ number: Int) throws(DatasetError) -> LabelledSample {
    let (part, index) = parts.find(number)
    let header = headers[part]
    let tokenBytes = header.tokenBytes
    let start = header.samplesOffset + index * header.sampleBytes
    let bytes = shards[part].bytes(from: start, count: header.sampleBytes)
    let tokens = TokenStorage.tokens(
      Array(bytes[..<(sequenceLength * tokenBytes)]), tokenBytes: tokenBytes)
    for (position, token) in tokens.enumerated() where !(0..<vocabulary.count ~= Int(token)) {
      throw DatasetError(
        .invalid, shards[part].location(start + position * tokenBytes),
        "token \(token) of a vocabulary of \(vocabulary.count); copy or make the shard again")
    }
    let numbers = TokenStorage.tokens(
      Array(bytes[(sequenceLength * tokenBytes)...]), tokenBytes: 4)
    guard
      let sample = LabelledSample(
        tokens: tokens, numbers: numbers, task: task, classCount: header.classNames.count)
    else {
      throw DatasetError(
        .invalid, shards[part].location(start + sequenceLength * tokenBytes),
        "labels or lengths of sample \(number) make no sense; copy or make the shard again")
    }
    return sample
  }

  /// Reads the questions of a set of spans.
  ///
  /// - Throws: ``DatasetError`` if the file is not beside the shards, or not theirs.
  public func questions() throws(DatasetError) -> QuestionFile {
    precondition(task != .classification, "questions of a set of classes")
    return try QuestionFile(
      in: Folder(path: shards[0].file).parent, digest: headers[0].questionsDigest)
  }

  /// Reads all samples and computes what `digest` is to be, in hexadecimal.
  ///
  /// - Throws: what ``sample(_:)`` throws.
  public func computeDigest() throws(DatasetError) -> String {
    var content = LabelledDigest(
      task: task, classNames: headers[0].classNames, sequenceLength: sequenceLength,
      vocabularyDigest: headers[0].vocabularyDigest)
    for number in 0..<count { content.update(try sample(number)) }
    return hexadecimal(content.finalize(questionsDigest: headers[0].questionsDigest))
  }
}

extension LabelledTextSource: LabelledText, TokenizedText {
  /// The labels of a sequence: 1, a class, or 2, the ends of a span.
  public var labelsPerSample: Int { task.labelCount }

  /// One sequence with its labels; ``sample(_:)`` has all that is known of it.
  ///
  /// - Throws: what ``sample(_:)`` throws.
  public func sequence(of sample: Int) throws(DatasetError) -> LabelledSequence {
    let found = try self.sample(sample)
    return LabelledSequence(tokens: found.tokens, labels: found.labels)
  }
}

extension LabelledTextSource {
  /// Checks that a model can learn from this.
  ///
  /// - Parameters:
  ///   - expectedLength: the tokens of the sequences that it takes.
  ///   - pieces: the pieces that it has embeddings for.
  /// - Throws: ``DatasetError`` that names the first byte which does not fit.
  public func validate(
    sequenceLength expectedLength: Int, vocabularySize pieces: Int
  ) throws(DatasetError) {
    guard sequenceLength == expectedLength else {
      throw DatasetError(
        .invalid, shards[0].location(12),
        "sequences have \(sequenceLength) tokens but the model takes \(expectedLength); change the model's "
          + "sequence length, or prepare the text with --sequence-length \(expectedLength)")
    }
    guard vocabulary.count == pieces else {
      throw DatasetError(
        .invalid, shards[0].location(16),
        "the vocabulary has \(vocabulary.count) pieces but the model has \(pieces); prepare the text with the "
          + "vocabulary that the model was trained with")
    }
  }

  /// Checks that the tokens are of the vocabulary that a model was trained with.
  ///
  /// - Parameters:
  ///   - digest: the SHA-256 of that vocabulary's file in hexadecimal.
  ///   - origin: where it was found, as in "runs/mlm".
  /// - Throws: ``DatasetError`` with both digests.
  public func requireVocabulary(
    digest: String, of origin: String
  ) throws(DatasetError) {
    guard vocabulary.digest != digest else { return }
    throw DatasetError(
      .invalid, shards[0].location(64),
      "the vocabulary (\(vocabulary.digest.prefix(16))) differs from that of \(origin) "
        + "(\(digest.prefix(16))); prepare the text with --weights \(origin)")
  }

  /// Checks that the samples of `other`, such as the test set, mean the same as these.
  ///
  /// - Throws: ``DatasetError`` that names what differs.
  public func requireSameMeaning(of other: LabelledTextSource) throws(DatasetError) {
    try other.requireVocabulary(digest: vocabulary.digest, of: shards[0].file)
    guard (task == .classification) == (other.task == .classification) else {
      throw DatasetError(
        .invalid, other.shards[0].location(20),
        "one set has classes and the other answers (\(shards[0].file)); name two sets of the same task"
      )
    }
    guard classNames != other.classNames else { return }
    throw DatasetError(
      .invalid, other.shards[0].location(LabelledShardHeader.byteCount),
      "the classes are \((other.classNames ?? []).joined(separator: ", ")) but those of \(shards[0].file) "
        + "\((classNames ?? []).joined(separator: ", ")); prepare both in one command")
  }
}

extension Vocabulary {
  /// The vocabulary beside shards of text, labelled or not, which have its digest.
  ///
  /// - Parameter paths: the shards of a set, or their folder.
  /// - Throws: ``DatasetError`` if it is missing or a different one, or these are not shards of text.
  public init(besideShards paths: [String]) throws(DatasetError) {
    let files = try expandFolders(paths)
    guard let first = files.first else {
      throw DatasetError(.missing, FileLocation("[data] train"), "no shard of text is named")
    }
    let file = try MappedBytes(contentsOf: first)
    if try LabelledShardHeader.begins(first) {
      let header = try LabelledShardHeader(file)
      try self.init(
        beside: file, digest: header.vocabularyDigest, pieces: header.vocabularySize)
    } else {
      let header = try TextShardHeader(file)
      try self.init(
        beside: file, digest: header.vocabularyDigest, pieces: header.vocabularySize)
    }
  }
}
