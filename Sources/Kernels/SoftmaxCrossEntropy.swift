import Mathematics

/// Cross-entropy of softmax against one label, smoothed or not, in nats; computed in `Double`.
///
/// With C classes and smoothing s the target is 1 - s + s / C at the label and s / C elsewhere.
public struct SoftmaxCrossEntropy: Sendable {
  /// The share s of the target that is spread over all classes.
  public let labelSmoothing: Double

  /// The result of one sample.
  public struct Outcome: Sendable {
    /// The loss in nats.
    public let loss: Double

    /// How many classes rank before the label: those with a higher score, or an equal one and a lower number.
    public let rank: Int

    /// The class that scores highest; nil from ``VocabularyCrossEntropy``, which does not look for it.
    public var prediction: Prediction? = nil
  }

  /// The class that scores highest, of equal ones that with the lowest number.
  public struct Prediction: Sendable {
    /// Its number.
    public let label: Int

    /// Its probability by softmax, above 0 and at most 1; not a number where a logit is none.
    public let probability: Double
  }

  /// The label of the sample that another one is mixed with.
  public struct Partner: Sendable {
    /// The other sample's class.
    public let label: Int

    /// The share λ′ of the target that it takes; the sample's own label takes 1 - λ′.
    public let share: Double

    /// A label with its share in 0...1.
    public init(label: Int, share: Double) {
      precondition((0...1).contains(share), "a label with the share \(share)")
      self.label = label
      self.share = share
    }
  }

  /// A loss with the smoothing 0 ≤ s < 1.
  public init(labelSmoothing: Float = 0) {
    precondition(
      labelSmoothing >= 0 && labelSmoothing < 1, "label smoothing \(labelSmoothing)")
    self.labelSmoothing = Double(labelSmoothing)
  }

  /// The loss of one row of logits.
  ///
  /// With a partner the target is the mean of two, weighted by their shares, and so are loss and gradient.
  ///
  /// - Parameters:
  ///   - logits: (B, C).
  ///   - row: which of the B rows.
  ///   - label: the class in 0..<C.
  ///   - partner: the class in 0..<C of a sample that this one is mixed with.
  ///   - replacingByGradient: whether the row receives the gradient of the loss.
  /// - Returns: the loss, and the rank of the label with the larger share, by default the sample's own.
  /// - Precondition: row and label are in range. Traps otherwise.
  public func callAsFunction(
    _ logits: Matrix<Float>, row: Int, label: Int, partner: Partner? = nil,
    replacingByGradient: Bool
  ) -> Outcome {
    for label in [label, partner?.label ?? label] {
      precondition(
        label >= 0 && label < logits.columns, "label \(label) of \(logits.columns) classes")
    }
    let logits = logits.row(row)
    let predicted = logits.indexOfLargest
    let largest = Double(logits[predicted])
    var (sum, total) = (0.0, 0.0)
    for index in 0..<logits.count {
      sum += exponential(Double(logits[index]) - largest)
      total += Double(logits[index])
    }
    let logSum = largest + logarithm(sum)
    let uniform = labelSmoothing / Double(logits.count)
    var score = Double(logits[label])
    if let partner {
      score = (1 - partner.share) * score + partner.share * Double(logits[partner.label])
    }
    let larger = partner.map { $0.share > 0.5 ? $0.label : label } ?? label
    let outcome = Outcome(
      loss: logSum - (1 - labelSmoothing) * score - uniform * total,
      rank: logits.rank(of: larger),
      // The exponential of its own distance from the largest, which is 0, over the sum.
      prediction: Prediction(label: predicted, probability: 1 / sum))
    if replacingByGradient {
      let share = partner?.share ?? 0
      for index in 0..<logits.count {
        var target = uniform + (index == label ? (1 - labelSmoothing) * (1 - share) : 0)
        if index == partner?.label { target += (1 - labelSmoothing) * share }
        logits[index] = Float(exponential(Double(logits[index]) - logSum) - target)
      }
    }
    return outcome
  }
}

extension Row<Float> {
  /// The place of the largest element, of equal ones the first.
  fileprivate var indexOfLargest: Int {
    var largest = 0
    for index in 1..<count where self[index] > self[largest] {
      largest = index
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
