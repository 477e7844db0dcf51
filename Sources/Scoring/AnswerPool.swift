import Mathematics

/// Collects the windows of one question and finds the answer: from logits to text, as BERT does it.
///
/// Windows may come in any order and are not kept; the answer is the same.
///
/// - Note: Source: `write_predictions` of BERT's `run_squad.py`. The text is that of the context from the first scalar
///   of the start token to the last of the end token, as in Hugging Face's `utils_qa.py`, without white space around.
package struct AnswerPool: Sendable {
  /// How answers are searched; the defaults are BERT's.
  package struct Settings: Sendable, Equatable {
    /// How many starts and ends of a window are paired, and how many answers are kept.
    package var bestCount = 20
    /// The most tokens of an answer.
    package var longestAnswer = 30
    /// Whether there may be no answer (SQuAD v2.0).
    package var allowsNoAnswer = false

    /// BERT's settings, with or without the possibility that there is no answer.
    package init(allowsNoAnswer: Bool = false) {
      self.allowsNoAnswer = allowsNoAnswer
    }
  }

  private let windows: ContextWindows
  private let settings: Settings
  private var spans: [PooledSpan] = []
  /// The sum of the logits of [CLS] that is lowest of all windows.
  private var null: PooledSpan?
  private var missing: Set<Int>

  /// An empty pool of a question with these windows.
  package init(_ windows: ContextWindows, settings: Settings = Settings()) {
    precondition(
      settings.bestCount > 0 && settings.longestAnswer > 0,
      "\(settings.bestCount) answers of \(settings.longestAnswer) tokens")
    self.windows = windows
    self.settings = settings
    missing = Set(windows.ranges.indices)
  }

  /// Whether every window has come.
  package var isComplete: Bool { missing.isEmpty }

  /// Takes a window, which has not come before.
  ///
  /// - Throws: ``ScoringError`` if a logit is not finite.
  package mutating func add(_ logits: WindowLogits) throws(ScoringError) {
    let number = logits.window
    precondition(missing.contains(number), "window \(number) is unknown or comes twice")
    let range = windows.ranges[number]
    precondition(
      range.count == logits.scalars.count,
      "\(logits.scalars.count) tokens of context in a window of \(range.count)")
    if let place = logits.firstNotFinite {
      throw ScoringError(
        "window \(number + 1) of a question: the logits of token \(place + 1) are not finite; "
          + "the weights have diverged, take an earlier checkpoint")
    }
    missing.remove(number)
    let starts = WindowLogits.highest(settings.bestCount, of: logits.start).filter {
      logits.context.contains($0)
        && windows.hasMaximumContext(
          token: range.lowerBound + $0 - logits.contextStart, in: number)
    }
    let ends = WindowLogits.highest(settings.bestCount, of: logits.end).filter {
      logits.context.contains($0)
    }
    for start in starts {
      for end in ends where end >= start && end - start < settings.longestAnswer {
        spans.append(PooledSpan(logits, start: start, end: end, order: spans.count))
      }
    }
    if settings.allowsNoAnswer {
      let span = PooledSpan(noAnswerOf: logits)
      if null.map({ (span.sum, number) < ($0.sum, $0.window) }) ?? true { null = span }
    }
  }

  /// The answer, once every window has come.
  ///
  /// - Parameter context: the text that the windows are of.
  /// - Returns: the best answers and their probabilities.
  package func answer(in context: String) -> SpanAnswer {
    precondition(isComplete, "\(missing.count) of \(windows.ranges.count) windows are missing")
    let scalars = Array(context.unicodeScalars)
    var best = bestAnswers(scalars)
    if best.allSatisfy({ $0.range == nil }) {
      // No pair was valid in any window: BERT and Hugging Face give this word, with logits of 0.
      best.insert(
        SpanAnswer.Candidate(text: "empty", range: nil, startLogit: 0, endLogit: 0), at: 0)
    }
    let weights = softmax(best.map(\.sum))
    for index in best.indices { best[index].probability = weights[index] }
    return SpanAnswer(candidates: best, nullScore: null?.sum)
  }

  /// The highest spans with distinct texts, and no answer among them if that is allowed.
  private func bestAnswers(_ context: [Unicode.Scalar]) -> [SpanAnswer.Candidate] {
    var best: [SpanAnswer.Candidate] = []
    var seen: Set<[Unicode.Scalar]> = []
    // No answer comes behind spans with the same sum.
    for span in (spans + (null.map { [$0] } ?? [])).sorted(by: PooledSpan.isBefore) {
      if best.count == settings.bestCount { break }
      guard let covered = span.scalars else {
        seen.insert([])
        best.append(span.candidate(text: [], range: nil))
        continue
      }
      precondition(covered.upperBound <= context.count, "scalars \(covered) of \(context.count)")
      let range = Self.withoutWhiteSpace(covered, in: context)
      let text = Array(context[range])
      guard !text.isEmpty, seen.insert(text).inserted else { continue }
      best.append(span.candidate(text: text, range: range))
    }
    if let null, !seen.contains([]) { best.append(null.candidate(text: [], range: nil)) }
    return best
  }

  /// The range without white space at both ends: a piece of SentencePiece covers the blank before its word.
  private static func withoutWhiteSpace(
    _ range: Range<Int>, in context: [Unicode.Scalar]
  ) -> Range<Int> {
    guard let first = range.first(where: { !context[$0].isPythonSpace }),
      let last = range.last(where: { !context[$0].isPythonSpace })
    else { return range.lowerBound..<range.lowerBound }
    return first..<(last + 1)
  }
}

/// A pair of tokens that may be the answer.
private struct PooledSpan: Sendable {
  let startLogit: Double
  let endLogit: Double
  /// The scalars from the first of the start to the last of the end; nil for no answer.
  let scalars: Range<Int>?
  let window: Int
  /// The place among the pairs of its window: by start, then by end, the highest first.
  let order: Int

  var sum: Double { startLogit + endLogit }

  init(_ logits: WindowLogits, start: Int, end: Int, order: Int) {
    startLogit = Double(logits.start[start])
    endLogit = Double(logits.end[end])
    let first = logits.scalars[start - logits.contextStart].lowerBound
    let last = logits.scalars[end - logits.contextStart].upperBound
    precondition(first <= last, "token \(end) ends at scalar \(last), before \(first)")
    scalars = first..<last
    window = logits.window
    self.order = order
  }

  init(noAnswerOf logits: WindowLogits) {
    startLogit = Double(logits.start[0])
    endLogit = Double(logits.end[0])
    scalars = nil
    window = logits.window
    order = 0
  }

  /// The higher sum first; of equal ones the earlier window, then the higher start; no answer last.
  static func isBefore(_ one: PooledSpan, _ other: PooledSpan) -> Bool {
    if one.sum != other.sum { return one.sum > other.sum }
    if (one.scalars == nil) != (other.scalars == nil) { return one.scalars != nil }
    return (one.window, one.order) < (other.window, other.order)
  }

  func candidate(text: [Unicode.Scalar], range: Range<Int>?) -> SpanAnswer.Candidate {
    SpanAnswer.Candidate(
      text: String(String.UnicodeScalarView(text)), range: range, startLogit: startLogit,
      endLogit: endLogit)
  }
}

/// The softmax of one or more `scores`; the same bits on every processor.
private func softmax(_ scores: [Double]) -> [Double] {
  let highest = scores.max() ?? 0
  let weights = scores.map { exponential($0 - highest) }
  let total = weights.reduce(0, +)
  return weights.map { $0 / total }
}
