import Scoring

/// The scores of the answers to a set of questions, in percent as SQuAD's scripts print them.
///
/// - Note: Source: `evaluate-v1.1.py`, or `evaluate-v2.0.py` where some questions have no answer.
public struct AnswerResult: Sendable, Equatable, Encodable {
  /// Scores of some of the questions.
  public struct Part: Sendable, Equatable, Encodable {
    /// How many they are.
    public let questions: Int
    /// The share whose answer is correct.
    public let exactMatch: Double
    /// The mean F1.
    public let f1: Double
  }

  /// The best score that any threshold gives.
  public struct Best: Sendable, Equatable, Encodable {
    /// The score.
    public let score: Double
    /// Null odds above it make the answer empty.
    public let threshold: Double
  }

  /// The questions.
  public let questions: Int
  /// The share whose answer is correct.
  public let exactMatch: Double
  /// The mean F1.
  public let f1: Double
  /// Of questions that have an answer; nil by the rules of version 1.1.
  public private(set) var hasAnswer: Part?
  /// Of questions that have none.
  public private(set) var noAnswer: Part?
  /// No answer was given where the null odds exceed it.
  public private(set) var noAnswerThreshold: Double?
  /// The best exact match.
  public private(set) var bestExactMatch: Best?
  /// The best F1.
  public private(set) var bestF1: Best?

  /// Scores by the rules of version 1.1: every question has an answer.
  ///
  /// - Throws: `ScoringError` if one has none.
  init(version1 questions: [AnsweredQuestion]) throws(ScoringError) {
    let scores = try SQuAD1Scores(questions)
    self.questions = scores.questions
    exactMatch = scores.exactMatch
    f1 = scores.f1
  }

  /// Scores by the rules of version 2.0.
  ///
  /// - Parameters:
  ///   - questions: all with null odds.
  ///   - threshold: that by which their predictions were chosen.
  /// - Throws: `ScoringError`.
  init(version2 questions: [AnsweredQuestion], threshold: Double) throws(ScoringError) {
    // The predictions are empty already where they are to be.
    let scores = try SQuAD2Scores(questions, threshold: .infinity)
    self.questions = scores.all.total
    exactMatch = scores.all.exact
    f1 = scores.all.f1
    hasAnswer = scores.answerable.map { Part($0) }
    noAnswer = scores.unanswerable.map { Part($0) }
    noAnswerThreshold = threshold
    bestExactMatch = scores.bestExact.map { Best($0) }
    bestF1 = scores.bestF1.map { Best($0) }
  }
}

extension AnswerResult.Part {
  init(_ part: SQuAD2Scores.Part) {
    self.init(questions: part.total, exactMatch: part.exact, f1: part.f1)
  }
}

extension AnswerResult.Best {
  init(_ best: SQuAD2Scores.Best) {
    self.init(score: best.score, threshold: best.threshold)
  }
}
