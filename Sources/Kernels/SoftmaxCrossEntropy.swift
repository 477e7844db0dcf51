import Mathematics

/// Cross-entropy of softmax against one label, smoothed or not, in nats; computed in `Double`.
///
/// With C classes and smoothing s the target is 1 - s + s / C at the label and s / C elsewhere.
public struct SoftmaxCrossEntropy: Sendable {
  /// The share s of the target that is spread over all classes.
  public let labelSmoothing: Double

  /// What one sample gives.
  public struct Outcome: Sendable {
    /// The loss in nats.
    public let loss: Double

    /// How many classes score higher than the label, an equal one with a lower number included.
    public let rank: Int
  }

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
  /// - Returns: the loss and the label's rank.
  /// - Precondition: row and label are in range. Traps otherwise.
  public func callAsFunction(
    _ logits: Matrix<Float>, row: Int, label: Int, replacingByGradient: Bool
  ) -> Outcome {
    precondition(
      label >= 0 && label < logits.columns, "label \(label) of \(logits.columns) classes")
    let logits = logits.row(row)
    let largest = Double(logits.largest)
    var (sum, total) = (0.0, 0.0)
    for index in 0..<logits.count {
      sum += exponential(Double(logits[index]) - largest)
      total += Double(logits[index])
    }
    let logSum = largest + logarithm(sum)
    let uniform = labelSmoothing / Double(logits.count)
    let outcome = Outcome(
      loss: logSum - (1 - labelSmoothing) * Double(logits[label]) - uniform * total,
      rank: logits.rank(of: label))
    if replacingByGradient {
      for index in 0..<logits.count {
        let target = uniform + (index == label ? 1 - labelSmoothing : 0)
        logits[index] = Float(exponential(Double(logits[index]) - logSum) - target)
      }
    }
    return outcome
  }
}

extension Row<Float> {
  fileprivate var largest: Float {
    var largest = self[0]
    for index in 1..<count where self[index] > largest {
      largest = self[index]
    }
    return largest
  }

  /// How many elements come before number `index` in descending order; those not comparable do.
  fileprivate func rank(of index: Int) -> Int {
    var rank = 0
    for other in 0..<count where other != index {
      let isBehind = other < index ? self[index] > self[other] : self[index] >= self[other]
      rank += isBehind ? 0 : 1
    }
    return rank
  }
}
