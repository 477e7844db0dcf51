import Mathematics

/// Cross-entropy of softmax against one label of a large vocabulary, in nats.
///
/// Like ``SoftmaxCrossEntropy``, but in `Float` and sixteen logits at a time. With C classes its loss is off by about √C
/// units in the last place. For a vocabulary that is accurate enough, and 30,000 exponentials in `Double` would be too
/// slow.
public struct VocabularyCrossEntropy: Sendable {
  /// The share of the target that is spread over all classes.
  private let labelSmoothing: Double

  /// A loss with the smoothing 0 ≤ s < 1.
  public init(labelSmoothing: Float = 0) {
    precondition(
      labelSmoothing >= 0 && labelSmoothing < 1, "label smoothing \(labelSmoothing)")
    self.labelSmoothing = Double(labelSmoothing)
  }

  /// The loss of one row of logits.
  ///
  /// - Parameters:
  ///   - logits: (B, C).
  ///   - row: which of the B rows.
  ///   - label: the class in 0..<C.
  ///   - replacingByGradient: whether the row receives the gradient of the loss.
  /// - Returns: the loss and the label's rank; the loss of a row that is not finite is not finite.
  /// - Precondition: row and label are in range. Traps otherwise.
  public func callAsFunction<Element: Numeral>(
    _ logits: Matrix<Element>, row: Int, label: Int, replacingByGradient: Bool
  ) -> SoftmaxCrossEntropy.Outcome {
    precondition(
      label >= 0 && label < logits.columns, "label \(label) of \(logits.columns) classes")
    let sums = softmaxSums(logits, row: row, label: label)
    let logSum = Double(sums.largest) + logarithm(Double(sums.exponentials))
    let uniform = labelSmoothing / Double(logits.columns)
    let outcome = SoftmaxCrossEntropy.Outcome(
      loss: sums.total.isFinite
        ? logSum - (1 - labelSmoothing) * Double(sums.label) - uniform * Double(sums.total)
        : .nan,
      rank: sums.rank)
    if replacingByGradient {
      softmaxGradient(
        logits, row: row, label: label, sums, uniform: Float(uniform),
        target: Float(uniform + 1 - labelSmoothing))
    }
    return outcome
  }
}

/// The results of one pass over a row of logits.
private struct SoftmaxSums {
  /// The largest logit.
  var largest: Float
  /// The sum of `exp(logit - largest)`.
  var exponentials: Float
  /// The sum of the logits.
  var total: Float
  /// The logit of the label.
  var label: Float
  /// How many classes rank before the label: those with a higher score, or an equal one and a lower number.
  var rank: Int
}

@specialized(where Element == Float)
@specialized(where Element == BFloat16)
private func softmaxSums<Element: Numeral>(
  _ logits: Matrix<Element>, row: Int, label: Int
) -> SoftmaxSums {
  let row = logits.row(row)
  let own = row[label]
  var largest = SIMD16<Float>(repeating: -.infinity)
  var before = SIMD16<Float>.zero
  for lanes in Lanes.of(row.count) {
    let values = row[lanes]
    largest = largest.replacing(with: values, where: lanes.inside .& (values .> largest))
    // A NaN ranks before the label, and so does an equal score with a lower number.
    let place = Int32(truncatingIfNeeded: max(0, min(16, label - lanes.first)))
    let isLower = Lanes.numbers .< SIMD16(repeating: place)
    let isBehind = (values .< own) .| ((values .== own) .& .!isLower)
    before = before.replacing(with: before + 1, where: lanes.inside .& .!isBehind)
  }
  let most = largest.laneMaximum
  var (exponentials, total) = (VectorSum(), VectorSum())
  for lanes in Lanes.of(row.count) {
    let values = row[lanes]
    exponentials.add(lanes.masked((values - most).boundedExponential))
    total.add(values)
  }
  return SoftmaxSums(
    largest: most, exponentials: exponentials.total, total: total.total, label: own,
    // A label that is NaN has counted itself.
    rank: Int(before.laneSum) - (own.isNaN ? 1 : 0))
}

@specialized(where Element == Float)
@specialized(where Element == BFloat16)
private func softmaxGradient<Element: Numeral>(
  _ logits: Matrix<Element>, row: Int, label: Int, _ sums: SoftmaxSums, uniform: Float,
  target: Float
) {
  let row = logits.row(row)
  let scale = 1 / sums.exponentials
  for lanes in Lanes.of(row.count) {
    row[lanes] = (row[lanes] - sums.largest).boundedExponential * scale - uniform
  }
  row[label] = Float(exponential(Double(sums.label) - Double(sums.largest))) * scale - target
}
