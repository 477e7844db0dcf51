/// One step of LAMB for one tensor: Adam's step plus the decay, scaled to the norm of the tensor itself.
///
/// A first pass updates the moments and sums squares (``prepare(_:_:gradient:firstMoment:secondMoment:at:)``); a second
/// one changes the weights. Both compute the change, from the same numbers in the same order: keeping it would take a
/// third buffer, and as much time to write and read as to compute.
///
/// - Note: Source: You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
///   arXiv:1904.00962; formulas of `timm.optim.Lamb` without its own clipping.
public struct LAMBUpdate: Sendable {
  private let moments: AdamMoments
  private let decay: Float
  private let meanScale: Float
  private let learningRate: Double

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - learningRate: this step's rate.
  ///   - weightDecay: 0 for a tensor without decay.
  ///   - beta1: decay of the first moment.
  ///   - beta2: decay of the second moment.
  ///   - epsilon: added to the denominator, the root of the corrected second moment.
  ///   - step: the number of this update, from 1. Skipped updates do not count.
  ///   - gradientScale: multiplies the gradient first, such as the clip factor.
  public init(
    learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double,
    step: Int, gradientScale: Double
  ) {
    self.learningRate = learningRate
    moments = AdamMoments(
      beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, gradientScale: gradientScale)
    decay = Float(weightDecay)
    meanScale = Float(1 / moments.firstBias)
  }

  /// Updates the moments of `range` and sums squares.
  ///
  /// Gradients beyond ``AdamWUpdate/largestGradient`` are clamped to it. Squares are summed in `Double` in sixteen
  /// lanes, in an order that is a function of the range's length only.
  ///
  /// - Parameters:
  ///   - weights: (n) read at `range`.
  ///   - range: the elements to update.
  ///   - gradient: read from element `start` on.
  ///   - firstMoment: updated from element `start` on.
  ///   - secondMoment: updated from element `start` on.
  ///   - start: the position of `range` in gradient and moments.
  /// - Returns: the sums of squares of the weights, and of their changes before rate and trust ratio.
  public func prepare(
    _ weights: FloatBuffer, _ range: Range<Int>, gradient: FloatBuffer, firstMoment: FloatBuffer,
    secondMoment: FloatBuffer, at start: Int
  ) -> SquareSums {
    let own = start..<(start + range.count)
    let (weights, gradient) = (weights.row(range), gradient.row(own))
    let (first, second) = (firstMoment.row(own), secondMoment.row(own))
    var (weightSquares, changeSquares) = (LaneSquares(), LaneSquares())
    for lanes in Lanes.of(range.count) {
      let (m, v) = moments.update(first, second, gradient: gradient, lanes)
      let w = weights[lanes]
      weightSquares.add(w)
      changeSquares.add(change(of: w, m, v))
    }
    return SquareSums(weights: weightSquares.total, changes: changeSquares.total)
  }

  /// Updates `range` of the weights, whose moments ``prepare(_:_:gradient:firstMoment:secondMoment:at:)`` has updated.
  ///
  /// - Parameters:
  ///   - weights: (n) updated at `range`.
  ///   - range: the elements to update.
  ///   - firstMoment: read from element `start` on.
  ///   - secondMoment: read from element `start` on.
  ///   - start: the position of `range` in the moments.
  ///   - sums: those of the whole tensor; nil for a tensor that takes Adam's step.
  public func apply(
    to weights: FloatBuffer, _ range: Range<Int>, firstMoment: FloatBuffer,
    secondMoment: FloatBuffer, at start: Int, _ sums: SquareSums?
  ) {
    let own = start..<(start + range.count)
    let (weights, first, second) = (
      weights.row(range), firstMoment.row(own), secondMoment.row(own)
    )
    let trust = sums.map(Self.trustRatio) ?? 1
    let rate = SIMD16(repeating: Float(-learningRate * trust))
    for lanes in Lanes.of(range.count) {
      let w = weights[lanes]
      weights[lanes] = w.addingProduct(change(of: w, first[lanes], second[lanes]), rate)
    }
  }

  /// ‖w‖ / ‖u‖ for the weights w of a tensor and their change u; 1 if either norm is zero.
  public static func trustRatio(_ sums: SquareSums) -> Double {
    guard sums.weights > 0 && sums.changes > 0 else { return 1 }
    return sums.weights.squareRoot() / sums.changes.squareRoot()
  }

  /// m̂ / (√v̂ + ε) + λ·w; zero in the lanes beyond a row's end, where w, m and v are zero.
  @inline(__always)
  private func change(
    of w: SIMD16<Float>, _ m: SIMD16<Float>, _ v: SIMD16<Float>
  ) -> SIMD16<Float> {
    ((m * meanScale) / moments.deviation(v)).addingProduct(w, SIMD16(repeating: decay))
  }
}

/// Sums of squares over a tensor, or over a part of it.
public struct SquareSums: Sendable, Equatable {
  /// The squares of the weights before their update.
  public var weights = 0.0
  /// The squares of the changes that an update is about to subtract, before the learning rate.
  public var changes = 0.0

  /// Zero sums.
  public init() {}

  /// The given sums.
  public init(weights: Double, changes: Double) {
    (self.weights, self.changes) = (weights, changes)
  }
}
