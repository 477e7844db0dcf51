/// What the model says of one window: how well an answer could begin and end at each of its tokens.
package struct WindowLogits: Sendable {
  /// The number of the window among the question's.
  package let window: Int

  /// The logit of each token of the window as the start of the answer [n].
  package let start: [Float]

  /// The logit of each token of the window as its end [n].
  package let end: [Float]

  /// The place in the window of its first token of context.
  ///
  /// What is before and behind the context (the question, special tokens, padding) is never part of an answer.
  package let contextStart: Int

  /// The Unicode scalars of the context that each token of context covers.
  package let scalars: [Range<Int>]

  /// The logits of a window of n tokens.
  ///
  /// - Parameters:
  ///   - window: its number among the question's, from 0.
  ///   - start: n logits; the first belongs to [CLS], which means no answer.
  ///   - end: n logits.
  ///   - contextStart: the place of the first token of context; not 0.
  ///   - scalars: the scalars of each token of context.
  package init(
    window: Int, start: [Float], end: [Float], contextStart: Int, scalars: [Range<Int>]
  ) {
    precondition(start.count == end.count, "\(start.count) start and \(end.count) end logits")
    precondition(
      contextStart > 0 && contextStart + scalars.count <= start.count,
      "\(scalars.count) tokens of context from \(contextStart) on in a window of \(start.count)")
    self.window = window
    self.start = start
    self.end = end
    self.contextStart = contextStart
    self.scalars = scalars
  }

  /// The places of the tokens of context.
  var context: Range<Int> { contextStart..<(contextStart + scalars.count) }

  /// The place of the first logit that is not a finite number; nil if there is none.
  var firstNotFinite: Int? { start.indices.first { !start[$0].isFinite || !end[$0].isFinite } }

  /// The places of the `count` highest of `logits`, the highest first, of equal ones the lower place.
  static func highest(_ count: Int, of logits: [Float]) -> [Int] {
    let places = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
    return Array(places.prefix(count))
  }
}
