/// Turns a corpus into shards of token sequences, in constant memory.
///
/// Killed at any time and started again with the same settings it ends with the same files: each
/// full shard is on the disk before the place in the text is noted down at which the next begins.
public struct TextPreparation: Sendable {
  /// The longest sequence that is packed.
  public static let longestSequence = TextShardHeader.longestSequence

  /// What a preparation is about to do.
  public enum Stage: Sendable, Equatable {
    /// Continue without a lock, because the file system of `folder` has none, for this reason.
    case unlocked(folder: String, reason: String)
    /// Read the text and learn a vocabulary from it.
    case learning
    /// Tokenise the text, from the beginning or after shards that an earlier process finished.
    case tokenising(vocabulary: String, pieces: Int, finishedShards: Int)
  }

  /// The text.
  public let corpus: TextCorpus

  /// What it is cut into.
  public let vocabulary: VocabularyChoice

  /// The tokens of a sequence, special ones included.
  public let sequenceLength: Int

  /// The length that no shard exceeds, unless one sequence does.
  public let maximumShardBytes: Int

  /// A preparation of sequences of 3 to ``longestSequence`` tokens.
  public init(
    corpus: TextCorpus, vocabulary: VocabularyChoice, sequenceLength: Int,
    maximumShardBytes: Int = 1 << 26
  ) {
    precondition(
      3...Self.longestSequence ~= sequenceLength, "sequences of \(sequenceLength) tokens")
    self.corpus = corpus
    self.vocabulary = vocabulary
    self.sequenceLength = sequenceLength
    self.maximumShardBytes = maximumShardBytes
  }

  /// Writes the set, or continues what an earlier process began.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - replacing: whether an older set in `directory` is to go, and what was begun with other
  ///     settings.
  ///   - stage: receives what comes next.
  ///   - progress: receives the bytes of the files that were read since then, as they are stored.
  /// - Returns: what was counted on the way.
  /// - Throws: ``DatasetError`` if the text, the vocabulary or the disk is at fault.
  public func run(
    in directory: String, replacing: Bool = false, stage: (Stage) -> Void = { _ in },
    progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) -> TextCounts {
    let draft = try TextDraft(
      of: try Folder.output(directory, replacing: replacing),
      settings: try PreparationSettings(self), replacing: replacing)
    if let reason = draft.lackOfLock {
      stage(.unlocked(folder: draft.folder.path, reason: reason))
    }
    if !draft.record.isComplete {
      let vocabulary = try draft.isBegun ? draft.vocabulary() : make(draft, stage, progress)
      stage(
        .tokenising(
          vocabulary: vocabulary.kind, pieces: vocabulary.count,
          finishedShards: draft.record.finishedShards))
      try TextPacking(self, vocabulary: vocabulary, draft: draft).run(progress)
    }
    try draft.publish()
    return TextCounts(draft.record)
  }

  /// The vocabulary, given or learned, which is then in the draft.
  private func make(
    _ draft: TextDraft, _ stage: (Stage) -> Void, _ progress: (Int) -> Void
  ) throws(DatasetError) -> Vocabulary {
    let made: Vocabulary
    switch vocabulary {
    case .file(let path): made = try Vocabulary(contentsOf: path)
    case .learned(let pieces, let sampleBytes):
      stage(.learning)
      let training = SentencePieceTraining(pieceCount: pieces, sampleBytes: sampleBytes)
      made = try Vocabulary(
        content: try training.learn(corpus, progress: progress), file: draft.folder.path)
    }
    try draft.begin(with: made)
    return made
  }
}

/// What a preparation counted.
public struct TextCounts: Sendable, Equatable {
  /// Documents with text.
  public let documents: Int

  /// Tokens of text, special ones not counted.
  public let tokens: Int

  /// Unknown ones among them.
  public let unknownTokens: Int

  init(_ record: PreparationRecord) {
    documents = record.documents
    tokens = record.tokens
    unknownTokens = record.unknownTokens
  }
}

/// Where the vocabulary of a preparation comes from.
public enum VocabularyChoice: Sendable, Equatable {
  /// A file: a SentencePiece model or a `vocab.txt`.
  case file(String)

  /// A SentencePiece model of this many pieces, learned from at most this many bytes of the text.
  case learned(pieces: Int, sampleBytes: Int)
}
