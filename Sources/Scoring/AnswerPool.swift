import Mathematics

/// Collects the windows of one question and finds the answer: from logits to text, as BERT does it.
///
/// Windows may come in any order; the answer is the same. Nothing is kept of them but what may be among the best
/// answers, ``Settings/bestCount`` at most.
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
  private let context: [Unicode.Scalar]
  private let settings: Settings
  /// The best passages of the windows that have come, the best first; no two have the same text.
  private var best: [Passage] = []
  /// The logits of [CLS] whose sum is lowest of all windows, the first of several.
  private var noAnswer: NoAnswer?
  private var missing: Set<Int>

  /// An empty pool of a question.
  ///
  /// - Parameters:
  ///   - windows: those of the question.
  ///   - context: the scalars of the text that the windows are of.
  ///   - settings: how answers are searched.
  package init(
    _ windows: ContextWindows, in context: [Unicode.Scalar], settings: Settings = Settings()
  ) {
    precondition(
      settings.bestCount > 0 && settings.longestAnswer > 0,
      "\(settings.bestCount) answers of \(settings.longestAnswer) tokens")
    self.windows = windows
    self.context = context
    self.settings = settings
    missing = Set(windows.ranges.indices)
  }

  /// Whether every window has come.
  package var isComplete: Bool { missing.isEmpty }

  /// Takes a window, which has not come before.
  ///
  /// - Parameters:
  ///   - scores: what the model says of it, with as many starts and ends as the pool pairs.
  ///   - number: its number among the question's, from 0.
  ///   - contextStart: the place in the window of its first token of context; not 0. What is before and behind the
  ///     context (the question, special tokens, padding) is never part of an answer.
  ///   - scalars: the scalars of the context that each of its tokens of context covers.
  /// - Throws: ``ScoringError`` if a logit is not finite.
  package mutating func add(
    _ scores: WindowScores, of number: Int, contextStart: Int, scalars: [Range<Int>]
  ) throws(ScoringError) {
    precondition(missing.contains(number), "window \(number) is unknown or comes twice")
    let range = windows.ranges[number]
    let shown = contextStart..<(contextStart + scalars.count)
    precondition(
      range.count == scalars.count,
      "\(scalars.count) tokens of context in a window of \(range.count)")
    precondition(
      contextStart > 0 && shown.upperBound <= scores.length,
      "\(scalars.count) tokens of context from \(contextStart) on in a window of \(scores.length)")
    precondition(
      scores.starts.count == min(settings.bestCount, scores.length),
      "\(scores.starts.count) starts of a window for \(settings.bestCount) answers")
    if let token = scores.firstNotFinite {
      throw ScoringError(
        "window \(number + 1) of a question: the logits of token \(token + 1) are not finite; "
          + "the weights have diverged, take an earlier checkpoint")
    }
    missing.remove(number)
    let starts = scores.starts.filter {
      shown.contains($0.token)
        && windows.hasMaximumContext(
          token: range.lowerBound + $0.token - contextStart, in: number)
    }
    let ends = scores.ends.filter { shown.contains($0.token) }
    var order = 0
    for start in starts {
      for end in ends where 0..<settings.longestAnswer ~= end.token - start.token {
        let first = scalars[start.token - contextStart].lowerBound
        let last = scalars[end.token - contextStart].upperBound
        precondition(first <= last, "token \(end.token) ends at scalar \(last), before \(first)")
        keep(
          Passage(
            startLogit: Double(start.logit), endLogit: Double(end.logit), scalars: first..<last,
            window: number, order: order))
        order += 1
      }
    }
    if settings.allowsNoAnswer { keep(NoAnswer(scores, window: number)) }
  }

  /// Keeps a passage if it is one of the best so far.
  ///
  /// One that is left out would be left out at the end too: its own text or ``Settings/bestCount`` others have better
  /// passages, and never get worse ones.
  private mutating func keep(_ whole: Passage) {
    if best.count == settings.bestCount, let last = best.last, !whole.isBefore(last) { return }
    let passage = whole.withoutWhiteSpace(in: context)
    if passage.scalars.isEmpty { return }
    let text = context[passage.scalars]
    if let same = best.firstIndex(where: { context[$0.scalars] == text }) {
      guard passage.isBefore(best[same]) else { return }
      best.remove(at: same)
    }
    let place = best.firstIndex { passage.isBefore($0) } ?? best.count
    best.insert(passage, at: place)
    if best.count > settings.bestCount { best.removeLast() }
  }

  private mutating func keep(_ other: NoAnswer) {
    if let noAnswer, (noAnswer.sum, noAnswer.window) < (other.sum, other.window) { return }
    noAnswer = other
  }

  /// The answer, once every window has come: the best answers and their probabilities.
  package func answer() -> SpanAnswer {
    precondition(isComplete, "\(missing.count) of \(windows.ranges.count) windows are missing")
    var candidates = ranked()
    if candidates.allSatisfy({ $0.range == nil }) {
      // No pair was valid in any window: BERT and Hugging Face give this word, with logits of 0.
      candidates.insert(
        SpanAnswer.Candidate(text: "empty", range: nil, startLogit: 0, endLogit: 0), at: 0)
    }
    let weights = softmax(candidates.map(\.sum))
    for index in candidates.indices { candidates[index].probability = weights[index] }
    return SpanAnswer(candidates: candidates, nullScore: noAnswer?.sum)
  }

  /// The best passages, and no answer among them if that is allowed.
  private func ranked() -> [SpanAnswer.Candidate] {
    var candidates = best.map { $0.candidate(in: context) }
    guard let noAnswer else { return candidates }
    // No answer comes behind passages with the same sum, and is there even if it is not one of the best.
    let place = best.firstIndex { $0.sum < noAnswer.sum } ?? best.count
    if place < best.count && best.count == settings.bestCount { candidates.removeLast() }
    candidates.insert(noAnswer.candidate, at: place)
    return candidates
  }
}

/// A pair of tokens that may be the answer.
private struct Passage: Sendable {
  let startLogit: Double
  let endLogit: Double
  /// The scalars from the first of the start to the last of the end.
  var scalars: Range<Int>
  let window: Int
  /// The place among the pairs of its window: by start, then by end, the highest first.
  let order: Int

  var sum: Double { startLogit + endLogit }

  /// The higher sum first; of equal ones the earlier window, then the higher start.
  func isBefore(_ other: Passage) -> Bool {
    sum == other.sum ? (window, order) < (other.window, other.order) : sum > other.sum
  }

  /// The passage without white space at both ends: a piece of SentencePiece covers the blank before its word.
  func withoutWhiteSpace(in context: [Unicode.Scalar]) -> Passage {
    precondition(scalars.upperBound <= context.count, "scalars \(scalars) of \(context.count)")
    var passage = self
    if let first = scalars.first(where: { !context[$0].isPythonSpace }),
      let last = scalars.last(where: { !context[$0].isPythonSpace })
    {
      passage.scalars = first..<(last + 1)
    } else {
      passage.scalars = scalars.lowerBound..<scalars.lowerBound
    }
    return passage
  }

  func candidate(in context: [Unicode.Scalar]) -> SpanAnswer.Candidate {
    SpanAnswer.Candidate(
      text: String(String.UnicodeScalarView(context[scalars])), range: scalars,
      startLogit: startLogit, endLogit: endLogit)
  }
}

/// What one window says for no answer: the logits of [CLS].
private struct NoAnswer: Sendable {
  let startLogit: Double
  let endLogit: Double
  let window: Int

  init(_ scores: WindowScores, window: Int) {
    startLogit = Double(scores.noAnswerStart)
    endLogit = Double(scores.noAnswerEnd)
    self.window = window
  }

  var sum: Double { startLogit + endLogit }

  var candidate: SpanAnswer.Candidate {
    SpanAnswer.Candidate(text: "", range: nil, startLogit: startLogit, endLogit: endLogit)
  }
}

/// The softmax of one or more `scores`; the same bits on every processor.
private func softmax(_ scores: [Double]) -> [Double] {
  let highest = scores.max() ?? 0
  let weights = scores.map { exponential($0 - highest) }
  let total = weights.reduce(0, +)
  return weights.map { $0 / total }
}
