/// What labelled text is for.
public enum LabelledTask: Int, Sendable, Equatable {
  /// One class for a text or a pair of texts.
  case classification = 1
  /// Where in a context the answer to a question is.
  case spans = 2
  /// The same, where some questions have no answer.
  case optionalSpans = 3

  /// Labels of a sample: a class, or the first and the last token of an answer.
  public var labelCount: Int { self == .classification ? 1 : 2 }

  /// Whether some samples have no answer, so that a model may give none.
  public var allowsNoAnswer: Bool { self == .optionalSpans }

  /// What the samples are, for people.
  public var sampleName: String { self == .classification ? "text" : "window" }

  /// Whether samples are windows of questions, whose file is next to the shards; otherwise they have classes.
  public var hasQuestions: Bool { self != .classification }

  /// What it is called.
  public var name: String {
    switch self {
    case .classification: "classification"
    case .spans: "spans"
    case .optionalSpans: "spans or none"
    }
  }
}

/// One sequence with its labels.
public struct LabelledSample: Sendable, Equatable {
  /// (n) the tokens, padding included.
  public let tokens: [Int32]

  /// The tokens before the padding.
  public let tokenCount: Int

  /// Where the second text, or the context, begins; `tokenCount` where there is one text only.
  public let border: Int

  /// The class; or the positions of an answer's first and last token, both 0 where the window does not have it whole.
  public let labels: [Int32]

  /// The number of the text in its files from 0, counted before any was left out; or the number of the question in
  /// ``QuestionFile``.
  public let example: Int

  /// The number of the window among those of its question; 0 for a text.
  public let window: Int

  /// The number that the window's first token has among those of the whole context; 0 for a text.
  ///
  /// The token at position `border + i` is token `firstContextToken + i` of the context. So the windows in which a
  /// token lies, and which of them shows most around it, follow from the samples of a question.
  public let firstContextToken: Int

  /// The tokens of the context in this window; for a text those of the second one.
  public var contextTokens: Range<Int> { border..<max(border, tokenCount - 1) }

  /// The number in the whole context of the token at `position`, which is in ``contextTokens``.
  public func contextToken(at position: Int) -> Int { position - border + firstContextToken }

  init(
    _ packed: SequenceLayout.Packed, labels: [Int32], example: Int, window: Int = 0,
    firstContextToken: Int = 0
  ) {
    self.init(
      tokens: packed.tokens, tokenCount: packed.tokenCount, border: packed.border, labels: labels,
      example: example, window: window, firstContextToken: firstContextToken)
  }

  init(
    tokens: [Int32], tokenCount: Int, border: Int, labels: [Int32], example: Int, window: Int,
    firstContextToken: Int
  ) {
    self.tokens = tokens
    self.tokenCount = tokenCount
    self.border = border
    self.labels = labels
    self.example = example
    self.window = window
    self.firstContextToken = firstContextToken
  }
}

extension LabelledSample {
  /// The numbers that a shard stores behind the tokens, 32 bits each.
  static let numberCount = 7

  var numbers: [Int32] {
    [
      Int32(tokenCount), Int32(border), labels[0], labels.count > 1 ? labels[1] : 0,
      Int32(example), Int32(window), Int32(firstContextToken),
    ]
  }

  /// A sample as it was stored.
  ///
  /// - Returns: nil if a number is not what it may be.
  init?(tokens: [Int32], numbers: [Int32], task: LabelledTask, classCount: Int) {
    precondition(numbers.count == Self.numberCount, "\(numbers.count) numbers of a sample")
    let (count, border) = (Int(numbers[0]), Int(numbers[1]))
    let labels = Array(numbers[2..<(2 + task.labelCount)])
    guard 2...tokens.count ~= count, 2...count ~= border, numbers[4...].allSatisfy({ $0 >= 0 })
    else {
      return nil
    }
    if task == .classification {
      guard 0..<classCount ~= Int(labels[0]), numbers[3] == 0 else { return nil }
    } else {
      let isNone = labels == [0, 0]
      let isInside =
        border <= Int(labels[0]) && labels[0] <= labels[1] && Int(labels[1]) < count - 1
      guard isNone || isInside else { return nil }
    }
    self.init(
      tokens: tokens, tokenCount: count, border: border, labels: labels, example: Int(numbers[4]),
      window: Int(numbers[5]), firstContextToken: Int(numbers[6]))
  }
}
