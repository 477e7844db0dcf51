import Configuration
import Datasets
import Platform

/// What a shard of labelled text, or a whole set of them, holds; its digests were found right.
public struct LabelledTextSummary: Sendable, Encodable {
  /// The file or folder.
  public let path: String
  /// The version of the format.
  public let formatVersion: Int
  /// What it is for: `classification`, `spans`, or `spans or none`.
  public let task: String
  /// Tokens of a sequence.
  public let sequenceLength: Int
  /// Pieces of the vocabulary.
  public let vocabularyPieces: Int
  /// The SHA-256 of the vocabulary's file.
  public let vocabularySha256: String
  /// The number of this shard from 0; nil for a folder.
  public let shard: Int?
  /// The shards of the set.
  public let shards: Int
  /// Samples of this file or folder.
  public let samples: Int
  /// The number that its first sample has in the set.
  public let firstSample: Int
  /// Samples of the set.
  public let totalSamples: Int
  /// The names of the classes in the order of their labels; nil for spans.
  public let classNames: [String]?
  /// The samples of each class; nil for spans, and for a single shard.
  public private(set) var classCounts: [Int]?
  /// The questions; nil for classes, and for a single shard.
  public private(set) var questions: Int?
  /// The digest of the set's content.
  public let datasetSha256: String
  /// This shard's own digest; nil for a folder.
  public let shardSha256: String?
  /// The first samples, as text.
  public private(set) var examples: [LabelledExample] = []

  /// Reads the shard at `path`.
  ///
  /// - Throws: `DatasetError`.
  public init(file path: String) throws {
    let (header, digest) = try LabelledShardHeader.verify(path)
    self.init(path, header, shard: header.shard, digest: digest)
  }

  /// Reads all shards in the folder `path`, which are one set, their vocabulary and their questions.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - count: how many samples to decode.
  /// - Throws: `DatasetError`.
  public init(folder path: String, examples count: Int) throws {
    let source = try LabelledTextSource(files: [path])
    self.init(path, try LabelledShardHeader.verify(source.files[0]).header, shard: nil, digest: nil)
    let questions = source.task.hasQuestions ? try source.questions() : nil
    self.questions = questions?.count
    if let names = source.classNames {
      var counts = names.map { _ in 0 }
      for number in 0..<source.count { counts[Int(try source.sample(number).labels[0])] += 1 }
      classCounts = counts
    }
    examples = try (0..<min(count, source.count)).map {
      try LabelledExample(number: $0, source.sample($0), of: source, questions)
    }
  }

  private init(_ path: String, _ header: LabelledShardHeader, shard: Int?, digest: String?) {
    self.path = path
    formatVersion = LabelledShardHeader.formatVersion
    task = header.task.name
    sequenceLength = header.sequenceLength
    vocabularyPieces = header.vocabularySize
    vocabularySha256 = header.vocabularyDigestText
    self.shard = shard
    shards = header.shardCount
    samples = shard == nil ? header.totalCount : header.sampleCount
    firstSample = shard == nil ? 0 : header.firstSample
    totalSamples = header.totalCount
    classNames = header.task.hasQuestions ? nil : header.classNames
    datasetSha256 = header.datasetDigestText
    shardSha256 = digest
  }
}

/// One sample of labelled text, decoded for people.
public struct LabelledExample: Sendable, Encodable {
  /// The number of the sample.
  public let sample: Int
  /// The number of the text or question.
  public let example: Int
  /// Tokens before the padding.
  public let tokens: Int
  /// Where the second text or the context begins.
  public let border: Int
  /// The tokens as text, special ones by name and without the padding.
  public let text: String
  /// The class; nil for spans.
  public let className: String?
  /// The question's name in its file; nil for classes.
  public let questionID: String?
  /// The number of the window among those of its question; nil for classes.
  public let window: Int?
  /// What the labelled tokens are of the context; nil for classes, and where the window does not have the answer.
  public let answer: String?
  /// The answers that count as right; nil for classes.
  public let goldAnswers: [String]?

  private enum CodingKeys: String, CodingKey {
    case sample, example, tokens, border, text, className, window, answer, goldAnswers
    case questionID = "questionId"
  }

  /// Decodes `sample`.
  ///
  /// - Throws: `DatasetError` if its question is not among `questions`, or the answer not in the context.
  init(
    number: Int, _ sample: LabelledSample, of source: LabelledTextSource, _ questions: QuestionFile?
  ) throws(DatasetError) {
    self.sample = number
    example = sample.example
    tokens = sample.tokenCount
    border = sample.border
    text = source.vocabulary.decode(sample.tokens.prefix(sample.tokenCount))
    className = source.classNames.map { $0[Int(sample.labels[0])] }
    guard let questions else {
      (questionID, window, answer, goldAnswers) = (nil, nil, nil, nil)
      return
    }
    let fault = DatasetError(
      .invalid, FileLocation(source.files[0]),
      "sample \(number) of the set is of no question beside it; make the set again")
    guard sample.example < questions.count else { throw fault }
    let (paragraph, question) = questions.question(sample.example)
    let hasAnswer = sample.labels != [0, 0]
    let last = sample.contextToken(at: Int(sample.labels[1]))
    guard !hasAnswer || last < paragraph.tokenCount else { throw fault }
    questionID = question.id
    window = sample.window
    goldAnswers = question.answers.map(\.text)
    answer =
      hasAnswer
      ? paragraph.text(from: sample.contextToken(at: Int(sample.labels[0])), through: last) : nil
  }
}
