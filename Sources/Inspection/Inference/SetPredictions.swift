import Datasets
package import Scoring

/// What a model says of every sample of a set, in the order of the set.
package enum SetPredictions: Sendable {
  /// The class of each text, and the text's number in its files.
  case classes([(index: Int, name: String)])
  /// The answer to each question.
  case answers([QuestionAnswer])

  /// A question and what was answered.
  package struct QuestionAnswer: Sendable {
    /// The name of the question in its file.
    package let id: String
    /// The texts of the correct answers.
    let gold: [String]
    /// The passages that may be the answer.
    package let answer: SpanAnswer
    /// The one that is given; empty for no answer.
    package let text: String
  }

  /// The classes that score highest, of equal ones that with the lowest number.
  ///
  /// - Parameters:
  ///   - logits: (B, C), those of all texts of `source`.
  ///   - source: the set, whose classes have names.
  /// - Throws: `DatasetError` if a text cannot be read.
  init(classes logits: [Float], of source: LabelledTextSource) throws(DatasetError) {
    guard let names = source.classNames else { preconditionFailure("classes without names") }
    precondition(
      logits.count == source.count * names.count, "\(logits.count) logits of \(source.count) texts")
    var rows: [(index: Int, name: String)] = []
    for number in 0..<source.count {
      let scores = logits[(number * names.count)..<((number + 1) * names.count)]
      let highest = scores.indices.reduce(scores.startIndex) { scores[$1] > scores[$0] ? $1 : $0 }
      let sample = try source.sample(number)
      rows.append((sample.example, names[highest - scores.startIndex]))
    }
    self = .classes(rows)
  }

  /// The answers to all questions.
  ///
  /// - Parameters:
  ///   - kept: what ``QuestionWindows/kept(of:)`` gives for each window.
  ///   - windows: the questions with their windows.
  ///   - threshold: no answer is given where the null odds exceed it.
  /// - Throws: `ScoringError` if a logit is not finite.
  init(
    answers kept: [Float], of windows: QuestionWindows, threshold: Double
  ) throws(ScoringError) {
    let found = try windows.answers(kept)
    self = .answers(
      found.enumerated().map { number, answer in
        let question = windows.file.question(number).question
        return QuestionAnswer(
          id: question.id, gold: question.answers.map(\.text), answer: answer,
          text: answer.best(threshold: threshold).text)
      })
  }
}

extension AnswerResult {
  /// The scores of predictions, by the rules that the questions ask for; nil if they are not answers.
  ///
  /// - Throws: `ScoringError` if a question without an answer is in a set that has none.
  init?(
    _ predictions: SetPredictions, to questions: QuestionWindows?, threshold: Double
  ) throws(ScoringError) {
    guard let questions, case .answers(let answers) = predictions else { return nil }
    let answered = answers.map {
      AnsweredQuestion(gold: $0.gold, prediction: $0.text, nullOdds: $0.answer.nullOdds)
    }
    if questions.hasUnanswerable {
      try self.init(version2: answered, threshold: threshold)
    } else {
      try self.init(version1: answered)
    }
  }
}
