import Datasets
import Scoring

/// The questions of a prepared set of spans, each with the windows in which the model sees its context.
struct QuestionWindows: Sendable {
  /// The questions with their contexts and correct answers.
  let file: QuestionFile

  /// Whether some of them have no answer, so that the rules of SQuAD v2.0 score the set.
  let hasUnanswerable: Bool

  /// What one window shows of the context of its question.
  private struct Window {
    /// The place in the window of its first token of context: after `[CLS]`, the question and `[SEP]`.
    let contextStart: Int
    /// The tokens of the whole context that it shows, counted from 0; none of a blank context.
    let tokens: Range<Int>
  }

  /// For each question its windows; in this order they are the samples of the set.
  private let windows: [[Window]]

  /// Reads the questions beside the shards of `source`, and which windows each of them has.
  ///
  /// - Throws: `DatasetError` if the file is missing or not that of the shards, or a sample does not go with it.
  init(_ source: LabelledTextSource) throws(DatasetError) {
    file = try source.questions()
    hasUnanswerable = source.task.allowsNoAnswer
    var windows: [[Window]] = []
    for number in 0..<source.count {
      let sample = try source.sample(number)
      let first = sample.firstContextToken
      let shown = first..<(first + sample.contextTokens.count)
      if sample.window == 0 { windows.append([]) }
      guard sample.example == windows.count - 1, sample.example < file.count,
        sample.window == windows[sample.example].count,
        windows[sample.example].last.map({ Self.follows(shown, $0.tokens) }) ?? true,
        shown.upperBound <= file.question(sample.example).paragraph.tokenCount
      else {
        throw DatasetError(
          .invalid, FileLocation(source.files[0]),
          "sample \(number) of the set is no window of the next question; make the set again")
      }
      windows[sample.example].append(Window(contextStart: sample.border, tokens: shown))
    }
    guard windows.count == file.count else {
      throw DatasetError(
        .invalid, FileLocation(source.files[0]),
        "the set has windows for \(windows.count) of its \(file.count) questions; make it again")
    }
    self.windows = windows
  }

  /// Whether a window with these tokens may come after one with others.
  private static func follows(_ next: Range<Int>, _ window: Range<Int>) -> Bool {
    window.lowerBound < next.lowerBound && window.upperBound <= next.upperBound
  }

  /// What ``answers(_:)`` needs of the logits of a window.
  ///
  /// - Parameter logits: (2, N), N start logits and N end logits.
  /// - Returns: 84 numbers, fewer if the window has fewer than 20 tokens.
  static func kept(of logits: ArraySlice<Float>) -> [Float] {
    WindowScores(logits, bestCount: AnswerPool.Settings().bestCount).words
  }

  /// The answers to all questions, in their order.
  ///
  /// - Parameter kept: what ``kept(of:)`` gives for each window of the set, one after the other.
  /// - Returns: an answer for each question of the file.
  /// - Throws: `ScoringError` if a logit is not finite.
  func answers(_ kept: [Float]) throws(ScoringError) -> [SpanAnswer] {
    let count = windows.reduce(0) { $0 + $1.count }
    let width = kept.count / count
    precondition(kept.count == count * width, "\(kept.count) numbers of \(count) windows")
    let settings = AnswerPool.Settings(allowsNoAnswer: hasUnanswerable)
    var answers: [SpanAnswer] = []
    var start = 0
    for (question, own) in windows.enumerated() {
      let paragraph = file.question(question).paragraph
      var pool = AnswerPool(
        Scoring.ContextWindows(own.map(\.tokens)), in: Array(paragraph.context.unicodeScalars),
        settings: settings)
      for (number, window) in own.enumerated() {
        try pool.add(
          WindowScores(words: kept[start..<(start + width)]), of: number,
          contextStart: window.contextStart,
          scalars: window.tokens.map { paragraph.scalars(of: $0) })
        start += width
      }
      answers.append(pool.answer())
    }
    return answers
  }
}
