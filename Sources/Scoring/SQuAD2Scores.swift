/// The scores of a set of questions by the rules of SQuAD v2.0, in percent: some have no answer.
///
/// They equal those of the official script to the last digit, run by Python 3.11 or older: sums are taken in the order
/// of the questions. From 3.12 on `sum` makes up for its rounding, and the last digit may differ.
///
/// - Note: Source: `evaluate-v2.0.py`.
package struct SQuAD2Scores: Sendable, Equatable {
  /// The scores of some of the questions.
  package struct Part: Sendable, Equatable {
    /// The share of them whose prediction is correct.
    package let exact: Double
    /// The mean F1.
    package let f1: Double
    /// How many they are.
    package let total: Int

    /// The means of one or more scores.
    init(_ scores: [AnswerScore]) {
      total = scores.count
      exact = 100 * scores.reduce(0) { $0 + $1.exact } / Double(total)
      f1 = 100 * scores.reduce(0) { $0 + $1.f1 } / Double(total)
    }
  }

  /// The best score that a threshold of the null odds gives: beyond it no answer is predicted.
  package struct Best: Sendable, Equatable {
    /// The score.
    package let score: Double
    /// The threshold.
    package let threshold: Double
  }

  /// All questions with a prediction: those without are in no total.
  package let all: Part

  /// The questions that have an answer; nil if there are none, or a prediction is missing (the script fails then).
  package let answerable: Part?

  /// The questions that have no answer; nil as above.
  package let unanswerable: Part?

  /// The questions without a prediction.
  package let missing: Int

  /// The best exact match; nil without null odds.
  package let bestExact: Best?

  /// The best F1; nil without null odds.
  package let bestF1: Best?

  /// Scores questions.
  ///
  /// - Parameters:
  ///   - questions: those of the set, in the order of its file; null odds for all predictions or for none.
  ///   - threshold: null odds above it make the answer empty for any prediction; the script's `-t`.
  /// - Throws: ``ScoringError`` if no question has a prediction.
  package init(
    _ questions: [AnsweredQuestion], threshold: Double = 1
  ) throws(ScoringError) {
    let predicted = questions.compactMap { PredictedQuestion($0) }
    guard !predicted.isEmpty else {
      throw ScoringError(
        "none of \(questions.count) questions has a prediction; is it the file of another set?")
    }
    let odds = predicted.count { $0.nullOdds != nil }
    precondition(
      odds == 0 || odds == predicted.count, "null odds of \(odds) of \(predicted.count) questions")
    func part(_ isAnswerable: Bool) -> Part? {
      let those = predicted.filter { $0.isAnswerable == isAnswerable }
      let total = questions.count { $0.gold.isEmpty != isAnswerable }
      return total > 0 && those.count == total ? Part(those.map { $0.score(threshold) }) : nil
    }
    all = Part(predicted.map { $0.score(threshold) })
    answerable = part(true)
    unanswerable = part(false)
    missing = questions.count - predicted.count
    let unanswerableCount = questions.count(where: \.gold.isEmpty)
    bestExact = Self.best(predicted, \.exact, unanswerable: unanswerableCount)
    bestF1 = Self.best(predicted, \.f1, unanswerable: unanswerableCount)
  }

  /// The threshold from which on no answer is best: all questions start without one, and answers come by rising odds.
  ///
  /// As in the script, questions of equal odds come one by one, in their order.
  private static func best(
    _ questions: [PredictedQuestion], _ metric: KeyPath<AnswerScore, Double>, unanswerable: Int
  ) -> Best? {
    var score = Double(unanswerable)
    var (best, threshold) = (score, 0.0)
    let sorted = questions.enumerated().sorted {
      ($0.element.nullOdds ?? 0, $0.offset) < ($1.element.nullOdds ?? 0, $1.offset)
    }
    for (_, question) in sorted {
      guard let odds = question.nullOdds else { return nil }
      if question.isAnswerable {
        score += question.raw[keyPath: metric]
      } else if question.saysSomething {
        score -= 1
      }
      if score > best { (best, threshold) = (score, odds) }
    }
    return Best(score: 100 * best / Double(questions.count), threshold: threshold)
  }
}

/// A question that has a prediction.
private struct PredictedQuestion {
  let isAnswerable: Bool
  let saysSomething: Bool
  let nullOdds: Double?

  /// The score of the prediction itself.
  let raw: AnswerScore

  init?(_ question: AnsweredQuestion) {
    guard let prediction = question.prediction else { return nil }
    isAnswerable = !question.gold.isEmpty
    saysSomething = !prediction.isEmpty
    nullOdds = question.nullOdds
    raw = AnswerScore(prediction, againstAny: question.gold, rules: .version2)
  }

  /// The score once null odds above `threshold` have made the answer empty.
  func score(_ threshold: Double) -> AnswerScore {
    guard let nullOdds, nullOdds > threshold else { return raw }
    return AnswerScore(exact: isAnswerable ? 0 : 1, f1: isAnswerable ? 0 : 1)
  }
}
