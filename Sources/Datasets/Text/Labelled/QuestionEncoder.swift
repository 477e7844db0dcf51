/// Turns questions on a context into the windows that a model learns from, and is asked about later.
package struct QuestionEncoder {
  private let layout: SequenceLayout
  private let steps: ContextWindows
  private let questionTokens: Int
  private var encoder: any TextEncoder

  /// The tokens that a window needs beside the question's: three special ones and one of the context.
  package static let ownTokens = 4

  /// The tokens that stay of a question, as in BERT.
  package static let usualQuestionTokens = 64

  /// The tokens from the beginning of one window to the beginning of the next, as in BERT.
  package static let usualWindowStep = 128

  /// An encoder for one thread.
  ///
  /// - Parameters:
  ///   - vocabulary: what the tokens are of.
  ///   - sequenceLength: the tokens of a window; at least `questionTokens` + ``ownTokens``.
  ///   - windowStep: the tokens from the beginning of one window to the beginning of the next.
  ///   - questionTokens: the tokens that stay of a longer question.
  /// - Throws: ``DatasetError`` if memory runs out.
  package init(
    _ vocabulary: Vocabulary, sequenceLength: Int, windowStep: Int, questionTokens: Int
  ) throws(DatasetError) {
    precondition(
      sequenceLength >= questionTokens + Self.ownTokens,
      "\(sequenceLength) tokens for a question of \(questionTokens)")
    layout = SequenceLayout(length: sequenceLength, special: vocabulary.special)
    steps = ContextWindows(step: windowStep)
    self.questionTokens = questionTokens
    encoder = try vocabulary.makeEncoder()
  }

  /// The tokens of a context, each with its place in it.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  package mutating func tokens(of context: String) throws(DatasetError) -> [PlacedToken] {
    var tokens: [PlacedToken] = []
    try encoder.encode(context, into: &tokens)
    return tokens
  }

  /// The windows of a question on a context with these tokens; at least one.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  package mutating func windows(
    of question: String, on context: [PlacedToken]
  ) throws(DatasetError) -> EncodedQuestion {
    let asked = try encoder.encode(question)
    let kept = asked.prefix(questionTokens)
    return EncodedQuestion(
      tokens: asked.count, kept: kept, context: context,
      windows: steps.windows(of: context.count, room: layout.length - kept.count - 3),
      layout: layout)
  }
}

/// A question on a context, whose windows are made one at a time: together they are much longer than a long context.
package struct EncodedQuestion: Sendable {
  /// One sequence.
  package struct Window: Sendable, Equatable {
    let packed: SequenceLayout.Packed

    /// The scalars of the context that each token of context is for.
    package let scalars: [Range<Int>]

    /// (n) the tokens, special ones and padding included.
    package var tokens: [Int32] { packed.tokens }

    /// The place in the window of its first token of context.
    package var contextStart: Int { packed.border }
  }

  /// The tokens of the question before it was cut.
  package let tokens: Int

  /// Those that stayed.
  package var keptTokens: Int { kept.count }

  /// For each window, in order, the tokens of the context that it shows, counted from 0.
  package let windows: [Range<Int>]

  private let kept: ArraySlice<Int32>
  private let context: [PlacedToken]
  private let layout: SequenceLayout

  fileprivate init(
    tokens: Int, kept: ArraySlice<Int32>, context: [PlacedToken], windows: [Range<Int>],
    layout: SequenceLayout
  ) {
    self.tokens = tokens
    self.kept = kept
    self.context = context
    self.windows = windows
    self.layout = layout
  }

  /// The window with this number, from 0.
  package func window(_ number: Int) -> Window {
    let shown = context[windows[number]]
    return Window(
      packed: layout.pack(kept, shown.map(\.token)[...]), scalars: shown.map(\.scalars))
  }
}
