import Checkpoints
import Configuration
public import Datasets
import Platform
import Train

/// Texts with classes that were packed into sets of shards, read back and found whole.
public struct PreparedClassification: Sendable, Encodable {
  /// The folder of the sets.
  public let path: String
  /// The names of the classes in the order of their labels.
  public let classNames: [String]
  /// Tokens of a sequence.
  public let sequenceLength: Int
  /// The SHA-256 of the vocabulary's file.
  public let vocabularySha256: String
  /// The sets, each a folder in `path`.
  public let sets: [Set]
  /// What people should know of the files, a line each.
  public let remarks: [String]

  /// One of the sets.
  public struct Set: Sendable, Encodable {
    /// Its files, and its digest.
    public let written: WrittenSet
    /// The samples of each class.
    public let classCounts: [Int]
    /// The share of the most frequent class.
    public let majorityShare: Double
    /// The lengths of all texts or pairs before any was cut, special tokens included.
    public let lengths: LengthSummary
    /// Samples that were cut.
    public let truncated: Int
    /// Tokens of text.
    public let tokens: Int
    /// Unknown ones among them.
    public let unknownTokens: Int
  }

  /// Prepares the sets and verifies what was written; the other parameters are those of
  /// `ClassificationPreparation.run`.
  ///
  /// - Parameters:
  ///   - preparation: what is to be written.
  ///   - path: the folder to make; those above it are made too.
  ///   - replacing: whether older sets in the folder may go.
  ///   - stage: receives what comes next.
  ///   - progress: receives how much is done.
  /// - Throws: ``CommandError`` with exit code 64 if the folder is in use, 65 if a file or the vocabulary is at fault,
  ///   74 if reading or writing fails.
  public init(
    _ preparation: ClassificationPreparation, in path: String, replacing: Bool,
    stage: (ClassificationPreparation.Stage) -> Void, progress: (Int) -> Void
  ) throws {
    let report = try WrittenSet.write(in: path) { () throws(DatasetError) in
      try preparation.run(in: path, replacing: replacing, stage: stage, progress: progress)
    }
    self.path = path
    classNames = report.classNames
    sequenceLength = preparation.sequenceLength
    remarks = report.remarks
    sets = try report.sets.map { set in
      Set(
        written: try WrittenSet(set.set, in: path), classCounts: set.classCounts,
        majorityShare: set.majorityShare, lengths: LengthSummary(set.lengths),
        truncated: set.truncated, tokens: set.tokens, unknownTokens: set.unknownTokens)
    }
    vocabularySha256 = sets[0].written.vocabularySha256
  }
}

/// Questions with their windows that were packed into sets of shards, read back and found whole.
public struct PreparedSpans: Sendable, Encodable {
  /// The folder of the sets.
  public let path: String
  /// Tokens of a sequence.
  public let sequenceLength: Int
  /// Tokens from the beginning of one window to the beginning of the next.
  public let windowStep: Int
  /// The SHA-256 of the vocabulary's file.
  public let vocabularySha256: String
  /// The sets, each a folder in `path`.
  public let sets: [Set]

  /// One of the sets.
  public struct Set: Sendable, Encodable {
    /// Its files, and its digest.
    public let written: WrittenSet
    /// Paragraphs with questions.
    public let paragraphs: Int
    /// Questions.
    public let questions: Int
    /// Those without an answer.
    public let impossible: Int
    /// Answers of all questions.
    public let answers: Int
    /// Windows that have the answer whole.
    public let windowsWithAnswer: Int
    /// Questions whose answer no window has whole.
    public let split: Int
    /// Questions whose answer is another text when it is made of tokens again.
    public let undecodable: Int
    /// The first of them.
    public let undecodableExamples: [String]
    /// The share of the questions with an answer that they are.
    public let undecodableShare: Double
    /// Questions that were cut.
    public let cutQuestions: Int
    /// The lengths of question and context together before anything was cut, special tokens included.
    public let lengths: LengthSummary
    /// The lengths of questions.
    public let questionLengths: LengthSummary
    /// The lengths of answers.
    public let answerLengths: LengthSummary
    /// Tokens of contexts, each counted once.
    public let tokens: Int
    /// Unknown ones among them.
    public let unknownTokens: Int
  }

  /// Prepares the sets and verifies what was written; the other parameters are those of `SpanPreparation.run`.
  ///
  /// - Parameters:
  ///   - preparation: what is to be written.
  ///   - path: the folder to make; those above it are made too.
  ///   - replacing: whether older sets in the folder may go.
  ///   - stage: receives what comes next.
  ///   - progress: receives how much is done.
  /// - Throws: ``CommandError`` as of ``PreparedClassification``.
  public init(
    _ preparation: SpanPreparation, in path: String, replacing: Bool,
    stage: (SpanPreparation.Stage) -> Void, progress: (Int) -> Void
  ) throws {
    let reports = try WrittenSet.write(in: path) { () throws(DatasetError) in
      try preparation.run(in: path, replacing: replacing, stage: stage, progress: progress)
    }
    self.path = path
    sequenceLength = preparation.sequenceLength
    windowStep = preparation.windowStep
    sets = try reports.map { set in
      Set(
        written: try WrittenSet(set.set, in: path), paragraphs: set.paragraphs,
        questions: set.questions, impossible: set.impossible, answers: set.answers,
        windowsWithAnswer: set.windowsWithAnswer, split: set.split.count,
        undecodable: set.undecodable.count, undecodableExamples: set.undecodable.first,
        undecodableShare: set.undecodableShare, cutQuestions: set.cutQuestions,
        lengths: LengthSummary(set.lengths), questionLengths: LengthSummary(set.questionLengths),
        answerLengths: LengthSummary(set.answerLengths), tokens: set.tokens,
        unknownTokens: set.unknownTokens)
    }
    vocabularySha256 = sets[0].written.vocabularySha256
  }
}
