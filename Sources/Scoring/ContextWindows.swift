/// The windows in which the model sees the context of one question: a context that is too long has several.
package struct ContextWindows: Sendable, Equatable {
  /// The tokens of the context, counted from 0, that each window has.
  package let ranges: [Range<Int>]

  /// Windows in order.
  ///
  /// - Parameter ranges: the tokens of the context in each; at least one window. A blank context has none. Each window
  ///   begins behind the beginning of the one before, and does not end before it.
  package init(_ ranges: [Range<Int>]) {
    precondition(!ranges.isEmpty, "a question with 0 windows")
    for (one, next) in zip(ranges, ranges.dropFirst()) {
      precondition(
        one.lowerBound < next.lowerBound && one.upperBound <= next.upperBound,
        "window \(next) follows window \(one)")
    }
    self.ranges = ranges
  }

  /// Whether no other window shows more of what is around a token.
  ///
  /// The window with the most has the largest min(tokens to the left, tokens to the right) + 0.01 · length, the first
  /// of several. An answer may begin only there. Takes time for the windows that have the token, however many others
  /// there are.
  ///
  /// - Parameters:
  ///   - token: the token of the context.
  ///   - window: a window that has it.
  /// - Returns: whether `window` is the one with the most.
  /// - Note: Source: `_check_is_max_context` of BERT's `run_squad.py`.
  package func hasMaximumContext(token: Int, in window: Int) -> Bool {
    precondition(ranges[window].contains(token), "token \(token) of window \(ranges[window])")
    let own = score(of: token, in: window)
    // Both ends of windows ascend, so those that have a token are neighbours.
    for earlier in (0..<window).reversed() {
      guard ranges[earlier].contains(token) else { break }
      if score(of: token, in: earlier) >= own { return false }
    }
    for later in (window + 1)..<ranges.count {
      guard ranges[later].contains(token) else { break }
      if score(of: token, in: later) > own { return false }
    }
    return true
  }

  private func score(of token: Int, in window: Int) -> Double {
    let range = ranges[window]
    let nearest = min(token - range.lowerBound, range.upperBound - 1 - token)
    return Double(nearest) + 0.01 * Double(range.count)
  }
}
