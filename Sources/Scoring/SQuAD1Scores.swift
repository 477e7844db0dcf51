/// The scores of a set of questions by the rules of SQuAD v1.1, in percent.
///
/// They equal those of the official script to the last digit: sums are taken in the order of the questions.
///
/// - Note: Source: `evaluate-v1.1.py`.
package struct SQuAD1Scores: Sendable, Equatable {
  /// The share of questions whose prediction equals a correct answer.
  package let exactMatch: Double

  /// The mean F1.
  package let f1: Double

  /// All questions, those without a prediction too.
  package let questions: Int

  /// Those without a prediction; each counts 0.
  package let missing: Int

  /// Scores one or more questions.
  ///
  /// - Throws: ``ScoringError`` if a question has no correct answer.
  package init(_ questions: [AnsweredQuestion]) throws(ScoringError) {
    precondition(!questions.isEmpty, "scores of 0 questions")
    var (exact, f1, missing) = (0.0, 0.0, 0)
    for (number, question) in questions.enumerated() {
      guard !question.gold.isEmpty else {
        throw ScoringError(
          "question \(number + 1) of \(questions.count) has no correct answer, which SQuAD v1.1 does not allow; "
            + "score the set by the rules of v2.0")
      }
      guard let prediction = question.prediction else {
        missing += 1
        continue
      }
      let score = AnswerScore(prediction, againstAny: question.gold, rules: .version1)
      exact += score.exact
      f1 += score.f1
    }
    exactMatch = 100 * exact / Double(questions.count)
    self.f1 = 100 * f1 / Double(questions.count)
    self.questions = questions.count
    self.missing = missing
  }
}
