/// Questions on paragraphs of text, with the passages that answer them: SQuAD's files, as values.
///
/// Text is as it was written, scalar by scalar: offsets count Unicode scalars, as Python does. Swift's `==` takes
/// strings for equal that differ in their scalars (é and e with an accent); compare `unicodeScalars` or `utf8` where
/// that matters.
public struct QuestionSet: Sendable {
  /// A text, as a rule an article of Wikipedia, in paragraphs.
  public struct Article: Sendable {
    /// Its title; empty if it has none.
    public let title: String

    /// Its paragraphs, in order.
    public let paragraphs: [Paragraph]
  }

  /// A passage and the questions on it.
  public struct Paragraph: Sendable {
    /// The text that answers are taken from.
    public let context: String

    /// The questions on it, in order.
    public let questions: [Question]
  }

  /// A question with its correct answers.
  public struct Question: Sendable {
    /// What it is called in files of predictions; no other question of the set has the same.
    public let id: String

    /// The question itself.
    public let text: String

    /// The correct answers, one of each person who was asked; none if the question has no answer.
    ///
    /// They are often equal. Answers that are merely plausible are not among them.
    public let answers: [Answer]

    /// Whether the context does not answer it (SQuAD v2.0).
    public var isImpossible: Bool { answers.isEmpty }
  }

  /// A passage of the context that answers a question.
  public struct Answer: Sendable {
    /// The passage.
    public let text: String

    /// Its first scalar in the context.
    public let start: Int

    /// Its scalars in the context.
    public var range: Range<Int> { start..<(start + text.unicodeScalars.count) }
  }

  /// What the file says of its version, such as "1.1" and "v2.0"; nil if nothing.
  public let version: String?

  /// The articles, in order.
  public let articles: [Article]

  /// A set of these articles.
  public init(version: String?, articles: [Article]) {
    self.version = version
    self.articles = articles
  }

  /// All questions, in order.
  public var questions: [Question] {
    articles.flatMap { $0.paragraphs.flatMap(\.questions) }
  }

  /// Whether some of its questions have no answer, so that the rules of SQuAD v2.0 score it.
  public var hasImpossibleQuestions: Bool {
    articles.contains { $0.paragraphs.contains { $0.questions.contains(where: \.isImpossible) } }
  }
}
