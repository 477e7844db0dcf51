package import Datasets
package import Scoring

/// What one window shows of the context of a question.
package struct AnswerWindow: Sendable, Equatable {
  /// The place in the window of its first token of context: after `[CLS]`, the question and `[SEP]`.
  package let contextStart: Int

  /// The tokens of the whole context that the window shows, counted from 0; none of a blank context.
  package let tokens: Range<Int>

  /// A window whose tokens from `contextStart` on are `tokens` of the context.
  package init(contextStart: Int, tokens: Range<Int>) {
    self.contextStart = contextStart
    self.tokens = tokens
  }

  /// The window that a prepared sample is.
  package init(_ sample: LabelledSample) {
    let first = sample.firstContextToken
    self.init(
      contextStart: sample.border, tokens: first..<(first + sample.contextTokens.count))
  }
}

extension SpanAnswer {
  /// The answer to one question, from what the model says of all of its windows.
  ///
  /// - Parameters:
  ///   - windows: the windows of the question in order, at least one.
  ///   - logits: for each window (2, N): a start logit for each token of the window, then the end logits, as
  ///     `Model.logits` gives them.
  ///   - places: for each token of the context the Unicode scalars that it covers.
  ///   - context: the text that the answer is taken from.
  ///   - settings: how answers are searched, and whether there may be none.
  /// - Throws: `ScoringError` if a logit is not finite: the weights are of no use.
  package init(
    windows: [AnswerWindow], logits: [ArraySlice<Float>], places: [Range<Int>], context: String,
    settings: AnswerPool.Settings
  ) throws(ScoringError) {
    precondition(
      windows.count == logits.count, "logits of \(logits.count) of \(windows.count) windows")
    var pool = AnswerPool(Scoring.ContextWindows(windows.map(\.tokens)), settings: settings)
    for (number, window) in windows.enumerated() {
      let rows = logits[number]
      let length = rows.count / 2
      precondition(rows.count == 2 * length, "\(rows.count) logits are not two rows")
      try pool.add(
        WindowLogits(
          window: number, start: Array(rows.prefix(length)), end: Array(rows.suffix(length)),
          contextStart: window.contextStart, scalars: Array(places[window.tokens])))
    }
    self = pool.answer(in: context)
  }
}
