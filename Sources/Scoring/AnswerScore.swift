/// What a predicted answer earns: exact match and F1, each 0 to 1.
package struct AnswerScore: Sendable, Equatable {
  /// Which of SQuAD's two scripts is followed; they differ where nothing is left of an answer.
  package enum Rules: Sendable {
    /// `evaluate-v1.1.py`: F1 is 0 where either side has no words, even if both have none.
    case version1
    /// `evaluate-v2.0.py`: F1 is 1 where both sides have no words.
    case version2
  }

  /// 1 if the normalised texts are equal, else 0.
  package let exact: Double

  /// The harmonic mean of precision and recall of the normalised words.
  package let f1: Double

  /// A score of these two numbers.
  init(exact: Double, f1: Double) {
    self.exact = exact
    self.f1 = f1
  }

  /// The score of `prediction` against one correct answer.
  package init(_ prediction: NormalizedAnswer, against gold: NormalizedAnswer, rules: Rules) {
    exact = prediction == gold ? 1 : 0
    let common = Double(prediction.commonWords(with: gold))
    if rules == .version2 && (prediction.isEmpty || gold.isEmpty) {
      f1 = exact
    } else if common == 0 {
      f1 = 0
    } else {
      // Operation by operation as the scripts have it, for the same last digit.
      let precision = common / Double(prediction.words.count)
      let recall = common / Double(gold.words.count)
      f1 = (2 * precision * recall) / (precision + recall)
    }
  }

  /// The best exact match and the best F1 of `prediction` against any of the correct answers.
  ///
  /// - Parameters:
  ///   - prediction: the predicted text; empty for no answer.
  ///   - gold: the correct answers. By the rules of version 2 those of which nothing is left are skipped, and no
  ///     answer is correct if none remains; by those of version 1 there is at least one.
  ///   - rules: which script is followed.
  package init(_ prediction: String, againstAny gold: [String], rules: Rules) {
    var answers = gold.map { NormalizedAnswer($0) }
    if rules == .version2 {
      answers.removeAll(where: \.isEmpty)
      if answers.isEmpty { answers = [NormalizedAnswer("")] }
    }
    precondition(!answers.isEmpty, "a prediction against 0 answers")
    let prediction = NormalizedAnswer(prediction)
    let scores = answers.map { AnswerScore(prediction, against: $0, rules: rules) }
    exact = scores.reduce(0) { max($0, $1.exact) }
    f1 = scores.reduce(0) { max($0, $1.f1) }
  }
}

/// A question with its correct answers and what was predicted.
package struct AnsweredQuestion: Sendable {
  /// The texts of the correct answers; none if the context does not answer it.
  package let gold: [String]

  /// The predicted text, empty for no answer; nil if the prediction is missing.
  package let prediction: String?

  /// How sure the model is that there is no answer, on any scale (``SpanAnswer/nullOdds``); nil if it says nothing.
  package let nullOdds: Double?

  /// A question.
  package init(gold: [String], prediction: String?, nullOdds: Double? = nil) {
    self.gold = gold
    self.prediction = prediction
    self.nullOdds = nullOdds
  }
}
