import Datasets
import Scoring

/// The questions of a prepared set of spans, each with the windows in which the model sees its context.
struct QuestionWindows: Sendable {
  /// The questions with their contexts and correct answers.
  let file: QuestionFile

  /// Whether some of them have no answer, so that the rules of SQuAD v2.0 score the set.
  let hasUnanswerable: Bool

  /// For each question its windows; in this order they are the samples of the set.
  private let windows: [[AnswerWindow]]

  /// Reads the questions beside the shards of `source`, and which windows each of them has.
  ///
  /// - Throws: `DatasetError` if the file is missing or not that of the shards, or a sample does not go with it.
  init(_ source: LabelledTextSource) throws(DatasetError) {
    file = try source.questions()
    hasUnanswerable = source.task.allowsNoAnswer
    var windows: [[AnswerWindow]] = []
    for number in 0..<source.count {
      let sample = try source.sample(number)
      let window = AnswerWindow(sample)
      if sample.window == 0 { windows.append([]) }
      guard sample.example == windows.count - 1, sample.example < file.count,
        sample.window == windows[sample.example].count,
        window.tokens.upperBound <= file.question(sample.example).paragraph.tokenCount
      else {
        throw DatasetError(
          .invalid, FileLocation(source.files[0]),
          "sample \(number) of the set is no window of the next question; make the set again")
      }
      windows[sample.example].append(window)
    }
    guard windows.count == file.count else {
      throw DatasetError(
        .invalid, FileLocation(source.files[0]),
        "the set has windows for \(windows.count) of its \(file.count) questions; make it again")
    }
    self.windows = windows
  }

  /// The answers to all questions, in their order.
  ///
  /// - Parameter logits: (W, 2, N), for each window of the set N start logits and N end logits.
  /// - Returns: an answer for each question of the file.
  /// - Throws: `ScoringError` if a logit is not finite.
  func answers(_ logits: [Float]) throws(ScoringError) -> [SpanAnswer] {
    let count = windows.reduce(0) { $0 + $1.count }
    let width = logits.count / count
    precondition(logits.count == count * width, "\(logits.count) logits of \(count) windows")
    let settings = AnswerPool.Settings(allowsNoAnswer: hasUnanswerable)
    var answers: [SpanAnswer] = []
    var start = 0
    for (number, own) in windows.enumerated() {
      let paragraph = file.question(number).paragraph
      let rows = own.indices.map { logits[(start + $0 * width)..<(start + ($0 + 1) * width)] }
      start += own.count * width
      answers.append(
        try SpanAnswer(
          windows: own, logits: rows,
          places: (0..<paragraph.tokenCount).map { paragraph.scalars(of: $0) },
          context: paragraph.context, settings: settings))
    }
    return answers
  }
}
