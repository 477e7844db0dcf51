import Files

/// Turns questions on paragraphs into shards of windows, each with the place of the answer.
///
/// The same files and settings give the same bytes on any machine, also after kills.
public struct SpanPreparation: Sendable {
  /// What a preparation is about to do.
  public enum Stage: Sendable, Equatable {
    /// Continue without a lock, because the file system of `folder` has none, for this reason.
    case unlocked(folder: String, reason: String)
    /// Read the files and check the answers.
    case checking
    /// Tokenise this many questions.
    case tokenising(questions: Int)
  }

  /// The training files, SQuAD's JSON.
  public var training: [String]
  /// The development files, which may be none.
  public var development: [String] = []
  /// What is held out of the training files, by paragraph.
  public var holdout: Holdout?
  /// The path of the vocabulary.
  public var vocabulary: String
  /// The tokens of a sequence, special ones included; at least `questionTokens` + ``ownTokens``.
  public var sequenceLength = 384
  /// The tokens from the beginning of one window to the beginning of the next: BERT's `doc_stride`.
  public var windowStep = QuestionEncoder.usualWindowStep
  /// The tokens that stay of a longer question.
  public var questionTokens = QuestionEncoder.usualQuestionTokens
  /// The length that no shard exceeds, unless one sample does.
  public var maximumShardBytes = 1 << 26

  /// The tokens that a window needs beside the question's: three special ones and one of the context.
  public static let ownTokens = QuestionEncoder.ownTokens

  /// A preparation of `training`; everything else has a default.
  public init(training: [String], vocabulary: String) {
    precondition(!training.isEmpty, "a preparation of no files")
    self.training = training
    self.vocabulary = vocabulary
  }

  /// Writes the sets `train`, `holdout` and `dev`, as far as they are asked for, into a new folder.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - replacing: whether older sets in `directory` are to go.
  ///   - stage: receives what comes next.
  ///   - progress: receives the number of questions done.
  /// - Returns: what is in each set.
  /// - Throws: ``DatasetError`` if a file, the vocabulary or the disk is at fault.
  public func run(
    in directory: String, replacing: Bool = false, stage: (Stage) -> Void = { _ in },
    progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) -> [SpanSetReport] {
    precondition(
      sequenceLength >= questionTokens + Self.ownTokens,
      "\(sequenceLength) tokens for a question of \(questionTokens)")
    let vocabulary = try Vocabulary(contentsOf: vocabulary)
    let draft = try SetsDraft(of: directory, replacing: replacing)
    if let reason = draft.lackOfLock { stage(.unlocked(folder: draft.path, reason: reason)) }
    stage(.checking)
    let paragraphs = try read(training)
    var sets: [(set: PreparedSet, paragraphs: [QuestionSet.Paragraph])] = [
      (.train, paragraphs.filter { !isHeldOut($0) })
    ]
    if holdout != nil { sets.append((.holdout, paragraphs.filter(isHeldOut))) }
    if !development.isEmpty { sets.append((.dev, try read(development))) }
    stage(
      .tokenising(
        questions: sets.reduce(0) { $0 + $1.paragraphs.reduce(0) { $0 + $1.questions.count } }))

    var reports: [SpanSetReport] = []
    var done = 0
    for (set, paragraphs) in sets {
      guard paragraphs.contains(where: { !$0.questions.isEmpty }) else {
        throw DatasetError(
          .invalid, FileLocation(set == .dev ? development[0] : training[0]),
          "no question is left for the set '\(set.rawValue)'; name other files"
            + (holdout == nil ? "" : ", or choose another --holdout"))
      }
      let packing = try SpanPacking(self, set, paragraphs, vocabulary, draft.makeFolder(set))
      for paragraph in paragraphs {
        try packing.pack(paragraph)
        done += paragraph.questions.count
        progress(done)
      }
      reports.append(try packing.finish())
    }
    try draft.publish()
    return reports
  }

  private func isHeldOut(_ paragraph: QuestionSet.Paragraph) -> Bool {
    holdout?.contains(paragraph.context) ?? false
  }

  /// All paragraphs of `files`, in order; the name of a question is that of no other.
  private func read(_ files: [String]) throws(DatasetError) -> [QuestionSet.Paragraph] {
    var paragraphs: [QuestionSet.Paragraph] = []
    var places: [String: String] = [:]
    for file in files {
      let read = try QuestionSet(contentsOf: file)
      for question in read.questions {
        if let other = places.updateValue(file, forKey: question.id) {
          throw DatasetError(
            .invalid, FileLocation(file),
            "question \(printable(question.id)) is in \(other) too; name each file once, or give the "
              + "questions other names")
        }
      }
      paragraphs += read.articles.flatMap(\.paragraphs)
    }
    return paragraphs
  }
}

/// What is in one set of spans.
public struct SpanSetReport: Sendable, Equatable {
  /// Which set it is.
  public let set: PreparedSet
  /// Paragraphs with their questions.
  public internal(set) var paragraphs = 0
  /// Questions.
  public internal(set) var questions = 0
  /// Those that have no answer.
  public internal(set) var impossible = 0
  /// Answers of all questions; a question may have several.
  public internal(set) var answers = 0
  /// Windows.
  public internal(set) var windows = 0
  /// Windows that have the answer whole.
  public internal(set) var windowsWithAnswer = 0
  /// Questions whose answer no window has whole, so that nothing can be learned of it.
  public internal(set) var split = Sightings()
  /// Questions whose answer changes when rebuilt from tokens; each place has both texts.
  public internal(set) var undecodable = Sightings()
  /// Questions that were cut.
  public internal(set) var cutQuestions = 0
  /// The lengths of question and context together, with special tokens, before anything was cut.
  public internal(set) var lengths = LengthCounts()
  /// The lengths of questions.
  public internal(set) var questionLengths = LengthCounts()
  /// The lengths of the answers that are learned.
  public internal(set) var answerLengths = LengthCounts()
  /// Tokens of all contexts, each counted once.
  public internal(set) var tokens = 0
  /// Unknown ones among them.
  public internal(set) var unknownTokens = 0

  /// The share of answers whose text changes when rebuilt from tokens.
  public var undecodableShare: Double {
    Double(undecodable.count) / Double(max(questions - impossible, 1))
  }
}
