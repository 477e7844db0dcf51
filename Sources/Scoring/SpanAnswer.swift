/// What a model answers to one question: the best passages, and how they compare with no answer.
package struct SpanAnswer: Sendable, Equatable {
  /// A possible answer.
  package struct Candidate: Sendable, Equatable {
    /// The passage; empty for no answer.
    package let text: String
    /// Its Unicode scalars in the context; nil for no answer.
    package let range: Range<Int>?
    /// The logit of its first token as the start.
    package let startLogit: Double
    /// The logit of its last token as the end.
    package let endLogit: Double
    /// Its share among the candidates: the softmax of the sums of both logits.
    package internal(set) var probability = 1.0

    /// The sum by which candidates are ranked.
    var sum: Double { startLogit + endLogit }

    init(text: String, range: Range<Int>?, startLogit: Double, endLogit: Double) {
      self.text = text
      self.range = range
      self.startLogit = startLogit
      self.endLogit = endLogit
    }
  }

  /// The candidates, the best first; at least one.
  ///
  /// No two have the same text. With `allowsNoAnswer` one of them is no answer, and there may be one more than asked
  /// for.
  package let candidates: [Candidate]

  /// How much no answer is preferred to the best passage; nil if there is always an answer.
  ///
  /// The lowest sum of the logits of [CLS] in any window, minus both logits of the best passage.
  package let nullOdds: Double?

  /// - Parameters:
  ///   - candidates: the candidates, the best first; one has a text.
  ///   - nullScore: the lowest sum of the logits of [CLS]; nil if there is always an answer.
  init(candidates: [Candidate], nullScore: Double?) {
    guard let passage = candidates.first(where: { !$0.text.isEmpty }) else {
      preconditionFailure("none of \(candidates.count) candidates has a text")
    }
    self.candidates = candidates
    // One after the other, as BERT subtracts them.
    nullOdds = nullScore.map { $0 - passage.startLogit - passage.endLogit }
  }

  /// The answer: the best passage, or none.
  ///
  /// - Parameter threshold: no answer is given if ``nullOdds`` exceed it. The best threshold is searched on data held
  ///   out (``SQuAD2Scores/bestF1``), not on those reported.
  /// - Returns: a candidate; its text is empty if there is no answer.
  package func best(threshold: Double = 0) -> Candidate {
    let isAnswered = nullOdds.map { $0 <= threshold } ?? true
    return candidates.first { $0.text.isEmpty != isAnswered } ?? candidates[0]
  }
}
