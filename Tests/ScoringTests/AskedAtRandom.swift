@testable import Scoring

/// A question that was made up, with what a model might say of its windows, and its answer by the definition.
///
/// There are few words and few different logits, so that texts repeat and many sums are equal.
struct AskedAtRandom {
  let settings: AnswerPool.Settings
  let context: [Unicode.Scalar]
  /// The scalars of each token; a token may cover the blank before it, or a blank alone.
  let scalars: [Range<Int>]
  let ranges: [Range<Int>]
  let contextStart: Int
  /// For each window (2, n).
  let logits: [[Float]]

  init(_ numbers: inout RepeatableNumbers) {
    var settings = AnswerPool.Settings(allowsNoAnswer: .random(using: &numbers))
    settings.bestCount = [1, 2, 3, 5, 20].randomElement(using: &numbers) ?? 20
    settings.longestAnswer = .random(in: 1...8, using: &numbers)
    self.settings = settings
    var context: [Unicode.Scalar] = []
    var scalars: [Range<Int>] = []
    for _ in 0..<Int.random(in: 0...30, using: &numbers) {
      if Bool.random(using: &numbers) { context.append(" ") }
      var start = context.count
      let words: [[Unicode.Scalar]] = [["a"], ["b"], ["a", "b"], [" "]]
      context += words.randomElement(using: &numbers) ?? []
      if start > 0, context[start - 1] == " ", Bool.random(using: &numbers) { start -= 1 }
      scalars.append(start..<context.count)
    }
    self.context = context
    self.scalars = scalars
    let room = Int.random(in: 1...12, using: &numbers)
    ranges = Self.windows(
      of: scalars.count, room: room, step: .random(in: 1...room, using: &numbers))
    contextStart = .random(in: 1...4, using: &numbers)
    let length = contextStart + room + Int.random(in: 0...20, using: &numbers)
    logits = ranges.map { _ in
      (0..<(2 * length)).map { _ in Float(Int.random(in: -2...2, using: &numbers)) / 2 }
    }
  }

  /// Windows of at most `room` of `count` tokens, `step` apart.
  static func windows(of count: Int, room: Int, step: Int) -> [Range<Int>] {
    var windows = [0..<min(room, count)]
    while let last = windows.last, last.upperBound < count {
      let start = last.lowerBound + step
      windows.append(start..<min(start + room, count))
    }
    return windows
  }

  /// Whether a window shows more of what is around a token than any other, of all windows; the first of equal ones.
  static func hasMaximumContext(
    token: Int, in window: Int, of ranges: [Range<Int>]
  ) -> Bool {
    var best: (window: Int, score: Double)?
    for (number, range) in ranges.enumerated() where range.contains(token) {
      let nearest = min(token - range.lowerBound, range.upperBound - 1 - token)
      let score = Double(nearest) + 0.01 * Double(range.count)
      if best.map({ score > $0.score }) ?? true { best = (number, score) }
    }
    return best?.window == window
  }
}

extension AskedAtRandom {
  /// The answer of a pool that is given the windows in this order.
  func pooled(_ order: [Int]) throws -> SpanAnswer {
    var pool = AnswerPool(ContextWindows(ranges), in: context, settings: settings)
    for number in order {
      try pool.add(
        WindowScores(logits[number][...], bestCount: settings.bestCount), of: number,
        contextStart: contextStart, scalars: Array(scalars[ranges[number]]))
    }
    return pool.answer()
  }

  /// A pair of tokens, or no answer.
  private struct Pair {
    let start: Double
    let end: Double
    /// The scalars without blanks around them; nil for no answer.
    let range: Range<Int>?
    let window: Int
    let order: Int
  }

  /// The candidates, without probabilities, and the lowest sum for no answer: from a list of all pairs of all windows.
  var defined: (candidates: [SpanAnswer.Candidate], nullScore: Double?) {
    var pairs = ranges.indices.flatMap { self.pairs(of: $0) }
    let none = ranges.indices.map { window -> Pair in
      let row = logits[window]
      return Pair(
        start: Double(row[0]), end: Double(row[row.count / 2]), range: nil, window: window, order: 0
      )
    }.min { ($0.start + $0.end, $0.window) < ($1.start + $1.end, $1.window) }
    if settings.allowsNoAnswer, let none { pairs.append(none) }
    pairs.sort { one, other in
      let (sum, otherSum) = (one.start + one.end, other.start + other.end)
      if sum != otherSum { return sum > otherSum }
      if (one.range == nil) != (other.range == nil) { return one.range != nil }
      return (one.window, one.order) < (other.window, other.order)
    }
    var found: [SpanAnswer.Candidate] = []
    var seen: Set<[Unicode.Scalar]> = []
    for pair in pairs where found.count < settings.bestCount {
      let text = pair.range.map { Array(context[$0]) } ?? []
      if pair.range != nil && text.isEmpty { continue }
      if seen.insert(text).inserted { found.append(candidate(pair)) }
    }
    if settings.allowsNoAnswer, let none, !seen.contains([]) { found.append(candidate(none)) }
    if found.allSatisfy({ $0.range == nil }) {
      found.insert(.init(text: "empty", range: nil, startLogit: 0, endLogit: 0), at: 0)
    }
    return (found, settings.allowsNoAnswer ? none.map { $0.start + $0.end } : nil)
  }

  private func pairs(of window: Int) -> [Pair] {
    let length = logits[window].count / 2
    let (start, end) = (Array(logits[window][..<length]), Array(logits[window][length...]))
    let shown = contextStart..<(contextStart + ranges[window].count)
    func highest(_ row: [Float]) -> [Int] {
      let order = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
      return order.prefix(settings.bestCount).filter { shown.contains($0) }
    }
    var pairs: [Pair] = []
    let shift = ranges[window].lowerBound - contextStart
    for one in highest(start)
    where Self.hasMaximumContext(token: one + shift, in: window, of: ranges) {
      for other in highest(end) where other >= one && other - one < settings.longestAnswer {
        let whole = scalars[one + shift].lowerBound..<scalars[other + shift].upperBound
        let visible = whole.filter { context[$0] != " " }
        let range = visible.first.flatMap { first in visible.last.map { first..<($0 + 1) } }
        pairs.append(
          Pair(
            start: Double(start[one]), end: Double(end[other]),
            range: range ?? whole.lowerBound..<whole.lowerBound, window: window,
            order: pairs.count))
      }
    }
    return pairs
  }

  private func candidate(_ pair: Pair) -> SpanAnswer.Candidate {
    let text = pair.range.map { String(String.UnicodeScalarView(context[$0])) } ?? ""
    return .init(text: text, range: pair.range, startLogit: pair.start, endLogit: pair.end)
  }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct RepeatableNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
