/// The windows in which the model sees the context of one question: a context that is too long has several.
package struct ContextWindows: Sendable, Equatable {
  /// The tokens of the context, counted from 0, that each window has.
  package let ranges: [Range<Int>]

  /// Windows in order.
  ///
  /// - Parameter ranges: the tokens of the context in each; at least one window. A blank context has none.
  package init(_ ranges: [Range<Int>]) {
    precondition(!ranges.isEmpty, "a question with 0 windows")
    self.ranges = ranges
  }

  /// Whether no other window shows more of what is around a token.
  ///
  /// The window with the most has the largest min(tokens to the left, tokens to the right) + 0.01 · length, the first
  /// of several. An answer may begin only there.
  ///
  /// - Parameters:
  ///   - token: the token of the context.
  ///   - window: a window that has it.
  /// - Returns: whether `window` is the one with the most.
  /// - Note: Source: `_check_is_max_context` of BERT's `run_squad.py`.
  package func hasMaximumContext(token: Int, in window: Int) -> Bool {
    precondition(ranges[window].contains(token), "token \(token) of window \(ranges[window])")
    var best: (window: Int, score: Double)?
    for (number, range) in ranges.enumerated() where range.contains(token) {
      let nearest = min(token - range.lowerBound, range.upperBound - 1 - token)
      let score = Double(nearest) + 0.01 * Double(range.count)
      if best.map({ score > $0.score }) ?? true { best = (number, score) }
    }
    return best?.window == window
  }
}
