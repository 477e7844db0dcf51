import Mathematics

/// One step of LAMB for one tensor: Adam's step with the decay added to it, as long as the tensor itself.
///
/// A first pass updates the moments and adds up squares (``prepare(_:_:gradient:firstMoment:secondMoment:at:)``), a
/// second one changes the weights. What is subtracted is computed in both, from the same numbers in the same order: to
/// keep it would take a third buffer, and as long to write and read as it takes to compute.
///
/// - Note: Source: You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
///   arXiv:1904.00962; formulas of `timm.optim.Lamb` without its own clipping.
public struct LAMBUpdate: Sendable {
  private let gradientScale: Float
  private let decay: Float
  private let firstRate: Float
  private let secondDecay: Float
  private let secondRate: Float
  private let meanScale: Float
  private let deviationScale: Float
  private let epsilon: Float
  private let learningRate: Double

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - learningRate: this step's rate.
  ///   - weightDecay: 0 for a tensor that is not decayed.
  ///   - beta1: decay of the first moment.
  ///   - beta2: decay of the second moment.
  ///   - epsilon: added to the denominator, the root of the corrected second moment.
  ///   - step: the number of this update, from 1. Steps whose update is left out do not count.
  ///   - gradientScale: what the gradient is multiplied by first, such as the clip factor.
  public init(
    learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double,
    step: Int, gradientScale: Double
  ) {
    precondition(step >= 1, "LAMB's updates count from 1, not \(step)")
    self.learningRate = learningRate
    self.gradientScale = Float(gradientScale)
    decay = Float(weightDecay)
    firstRate = Float(1 - beta1)
    secondDecay = Float(beta2)
    secondRate = Float(1 - beta2)
    meanScale = Float(1 / (1 - power(beta1, step)))
    deviationScale = Float(1 / (1 - power(beta2, step)).squareRoot())
    self.epsilon = Float(epsilon)
  }

  /// Updates the moments of `range` and adds up squares.
  ///
  /// Gradients beyond ``AdamWUpdate/largestGradient`` are taken for it. Squares are added in `Double` in sixteen lanes,
  /// in an order that is a function of the range's length only.
  ///
  /// - Parameters:
  ///   - weights: (n) read at `range`.
  ///   - range: the elements to update.
  ///   - gradient: read from the element `start` on.
  ///   - firstMoment: updated from the element `start` on.
  ///   - secondMoment: updated from the element `start` on.
  ///   - start: where gradient and moments of `range` begin.
  /// - Returns: the squares of the weights, and of what is to be subtracted from them before rate and trust.
  public func prepare(
    _ weights: FloatBuffer, _ range: Range<Int>, gradient: FloatBuffer, firstMoment: FloatBuffer,
    secondMoment: FloatBuffer, at start: Int
  ) -> SquareSums {
    let moments = start..<(start + range.count)
    let (weights, gradient) = (weights.row(range), gradient.row(moments))
    let (first, second) = (firstMoment.row(moments), secondMoment.row(moments))
    let limit = SIMD16(repeating: AdamWUpdate.largestGradient)
    var (weightSquares, changeSquares) = (LaneSquares(), LaneSquares())
    for lanes in Lanes.of(range.count) {
      let scaled = gradient[lanes] * gradientScale
      let g = scaled.replacing(with: limit, where: scaled .> limit)
        .replacing(with: -limit, where: scaled .< -limit)
      let m = first[lanes].addingProduct(g - first[lanes], SIMD16(repeating: firstRate))
      let v = (second[lanes] * secondDecay).addingProduct(g * g, SIMD16(repeating: secondRate))
      first[lanes] = m
      second[lanes] = v
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
  ///   - firstMoment: read from the element `start` on.
  ///   - secondMoment: read from the element `start` on.
  ///   - start: where the moments of `range` begin.
  ///   - sums: those of the whole tensor; nil for a tensor whose step is Adam's.
  public func apply(
    to weights: FloatBuffer, _ range: Range<Int>, firstMoment: FloatBuffer,
    secondMoment: FloatBuffer, at start: Int, _ sums: SquareSums?
  ) {
    let moments = start..<(start + range.count)
    let (weights, first, second) = (
      weights.row(range), firstMoment.row(moments), secondMoment.row(moments)
    )
    let trust = sums.map(Self.trustRatio) ?? 1
    let rate = SIMD16(repeating: Float(-learningRate * trust))
    for lanes in Lanes.of(range.count) {
      let w = weights[lanes]
      weights[lanes] = w.addingProduct(change(of: w, first[lanes], second[lanes]), rate)
    }
  }

  /// ‖w‖ / ‖u‖ for the weights w of a tensor and what is to be subtracted from them, u; 1 where one of them is zero.
  public static func trustRatio(_ sums: SquareSums) -> Double {
    guard sums.weights > 0 && sums.changes > 0 else { return 1 }
    return sums.weights.squareRoot() / sums.changes.squareRoot()
  }

  /// m̂ / (√v̂ + ε) + λ·w; zero in the lanes beyond a row's end, where w, m and v are.
  @inline(__always)
  private func change(
    of w: SIMD16<Float>, _ m: SIMD16<Float>, _ v: SIMD16<Float>
  ) -> SIMD16<Float> {
    let deviation = SIMD16(repeating: epsilon)
      .addingProduct(v.squareRoots, SIMD16(repeating: deviationScale))
    return ((m * meanScale) / deviation).addingProduct(w, SIMD16(repeating: decay))
  }
}

/// Sums of squares over weights of a tensor, or over all of them.
public struct SquareSums: Sendable, Equatable {
  /// The squares of the weights before their update.
  public var weights = 0.0
  /// The squares of what an update is about to subtract, before the learning rate.
  public var changes = 0.0

  /// Zero sums.
  public init() {}

  /// The given sums.
  public init(weights: Double, changes: Double) {
    (self.weights, self.changes) = (weights, changes)
  }
}
