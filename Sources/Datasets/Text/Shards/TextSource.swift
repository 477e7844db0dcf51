import Digests

/// A set of text as the pieces of a vocabulary.
public protocol TokenizedText: SampleSource {
  /// What the tokens are of.
  var vocabulary: Vocabulary { get }
}

extension TokenizedText {
  /// Checks that the tokens are of the vocabulary that given weights were trained with.
  ///
  /// - Parameters:
  ///   - other: that vocabulary.
  ///   - weights: what the weights are called, as in "runs/mlm".
  /// - Throws: ``DatasetError`` with both files and digests.
  public func requireVocabulary(_ other: Vocabulary, of weights: String) throws(DatasetError) {
    guard vocabulary.digestBytes != other.digestBytes else { return }
    throw DatasetError(
      .invalid, FileLocation(vocabulary.file),
      "the vocabulary (\(vocabulary.digest.prefix(16))) is not that of \(weights), which is \(other.file) "
        + "(\(other.digest.prefix(16))); prepare the data with --vocabulary \(other.file)")
  }
}

/// Sequences of tokens in shards, which are memory-mapped: the set may be larger than memory.
///
/// It knows nothing of ranks, epochs or batches, and any thread may ask it.
public struct TextSource: Sendable {
  /// What the tokens are of; its file is next to the shards.
  public let vocabulary: Vocabulary

  /// The paths of the shards, in order.
  public var files: [String] { shards.map(\.file) }

  private let shards: [MappedBytes]
  private let headers: [TextShardHeader]
  private let parts: ConcatenatedParts

  /// Opens all shards of a set, in any order.
  ///
  /// - Parameters:
  ///   - paths: the shards, each once, or their folder.
  ///   - verifying: whether every byte is read to compare each shard's SHA-256. Without that the
  ///     headers and lengths are checked, and the vocabulary.
  /// - Throws: ``DatasetError`` if a shard is missing, damaged or of another set, or the vocabulary
  ///   is not the one that the shards were made with.
  public init(files paths: [String], verifying: Bool = true) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var shards: [(file: MappedBytes, header: TextShardHeader)] = []
    for path in try expandFolders(paths) {
      let file = try MappedBytes(contentsOf: path)
      shards.append((file, try TextShardHeader(file)))
    }
    shards.sort { $0.header.shard < $1.header.shard }
    try checkSet(shards)
    self.shards = shards.map(\.file)
    headers = shards.map(\.header)
    parts = ConcatenatedParts(counts: headers.map(\.sampleCount))
    if verifying {
      for shard in self.shards {
        try ShardDigest.verify(shard, digestAt: TextShardHeader.shardDigestOffset)
      }
    }
    vocabulary = try Vocabulary(
      beside: self.shards[0], digest: headers[0].vocabularyDigest,
      pieces: headers[0].vocabularySize)
  }

  /// The number of sequences.
  public var count: Int { parts.count }

  /// The tokens of each sequence.
  public var sequenceLength: Int { headers[0].sequenceLength }

  /// The ``TextDigest`` of all sequences in hexadecimal, as recorded in the headers.
  public var digest: String { hexadecimal(headers[0].datasetDigest) }

  /// The tokens of one sequence, (n).
  ///
  /// - Throws: ``DatasetError`` that names the byte of a token which the vocabulary does not have.
  public func tokens(of sample: Int) throws(DatasetError) -> [Int32] {
    let (part, index) = parts.find(sample)
    let tokenBytes = headers[part].tokenBytes
    let start = TextShardHeader.byteCount + index * sequenceLength * tokenBytes
    let tokens = TokenStorage.tokens(
      shards[part].bytes(from: start, count: sequenceLength * tokenBytes), tokenBytes: tokenBytes)
    for (position, token) in tokens.enumerated() where !(0..<vocabulary.count ~= Int(token)) {
      throw DatasetError(
        .invalid, shards[part].location(start + position * tokenBytes),
        "token \(token) of a vocabulary of \(vocabulary.count); copy or make the shard again")
    }
    return tokens
  }

  /// Reads all sequences and computes what `digest` is to be, in hexadecimal.
  ///
  /// - Throws: what ``tokens(of:)`` throws.
  public func computeDigest() throws(DatasetError) -> String {
    var content = TextDigest(sequenceLength: sequenceLength, vocabulary: vocabulary)
    for sample in 0..<count { content.update(try tokens(of: sample)) }
    return hexadecimal(content.finalize())
  }

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
        "sequences have \(sequenceLength) tokens but the model takes \(expectedLength); change "
          + "the model's sequence length, or prepare the text with --sequence-length \(expectedLength)"
      )
    }
    guard vocabulary.count == pieces else {
      throw DatasetError(
        .invalid, shards[0].location(16),
        "the vocabulary has \(vocabulary.count) pieces but the model has \(pieces); change the model's "
          + "vocabulary size, or prepare the text with the model's vocabulary")
    }
  }

  /// Checks that the tokens of `other`, such as the validation set, mean the same as these.
  ///
  /// - Throws: ``DatasetError`` that names the digest of the other vocabulary.
  public func requireVocabulary(of other: TextSource) throws(DatasetError) {
    guard other.vocabulary.digestBytes == vocabulary.digestBytes else {
      throw DatasetError(
        .invalid, other.shards[0].location(TextShardHeader.vocabularyDigestOffset),
        "the vocabulary differs from that of \(shards[0].file) (\(other.vocabulary.digest.prefix(16)), "
          + "\(vocabulary.digest.prefix(16))); prepare both with one --vocabulary")
    }
  }
}

extension Vocabulary {
  /// Finds the vocabulary beside a shard, whose header has its SHA-256 of 32 bytes and its number of pieces.
  ///
  /// - Throws: ``DatasetError`` if it is not there or another one.
  init(beside shard: MappedBytes, digest: [UInt8], pieces: Int) throws(DatasetError) {
    let folder = Folder(path: shard.file).parent
    guard let name = try folder.names().first(where: Vocabulary.fileNames.contains) else {
      throw DatasetError(
        .missing, FileLocation(folder.path),
        "no \(Vocabulary.fileNames.joined(separator: " or ")) is beside the shards; copy it there "
          + "from where they were made")
    }
    let found = try Vocabulary(contentsOf: "\(folder.path)/\(name)")
    guard found.digestBytes == digest else {
      throw DatasetError(
        .invalid, FileLocation(found.file),
        "the vocabulary is not the one of \(shard.file) (\(found.digest.prefix(16)) here, "
          + "\(hexadecimal(digest).prefix(16)) there); put that one here")
    }
    guard found.count == pieces else {
      throw DatasetError(
        .invalid, shard.location(16),
        "\(pieces) pieces but \(found.file) has \(found.count); make the shard again")
    }
    self = found
  }
}
