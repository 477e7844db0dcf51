/// One step of AdamW for one tensor, with PyTorch's formulas: decoupled decay, bias correction.
///
/// - Note: Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.
public struct AdamWUpdate: Sendable {
  /// Larger gradients are clamped to this one, whose square a `Float` still holds.
  ///
  /// Adam's step depends on ratios of gradients, so it stays a sensible step. An infinite second moment would stop the
  /// weight for good.
  public static let largestGradient: Float = 1e19

  private let moments: AdamMoments
  private let shrinkage: Float
  private let stepSize: Float

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - learningRate: this step's rate.
  ///   - weightDecay: 0 for a tensor without decay.
  ///   - beta1: decay of the first moment.
  ///   - beta2: decay of the second moment.
  ///   - epsilon: added to the denominator, the root of the corrected second moment.
  ///   - step: the number of this update, from 1: Adam's t. Skipped updates do not count.
  ///   - gradientScale: multiplies the gradient first, such as the clip factor.
  public init(
    learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double,
    step: Int, gradientScale: Double
  ) {
    moments = AdamMoments(
      beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, gradientScale: gradientScale)
    shrinkage = Float(1 - learningRate * weightDecay)
    stepSize = Float(learningRate / moments.firstBias)
  }

  /// Updates `range` of the weights.
  ///
  /// Gradient and moments may be in smaller buffers that hold nothing else.
  ///
  /// The bits of an element depend on its own numbers only, not on how ranges are cut.
  ///
  /// - Parameters:
  ///   - weights: (n) updated at `range`.
  ///   - range: the elements to update.
  ///   - gradient: read from element `start` on.
  ///   - firstMoment: updated from element `start` on.
  ///   - secondMoment: updated from element `start` on.
  ///   - start: the position of `range` in gradient and moments.
  public func apply(
    to weights: FloatBuffer, _ range: Range<Int>, gradient: FloatBuffer,
    firstMoment: FloatBuffer, secondMoment: FloatBuffer, at start: Int
  ) {
    let own = start..<(start + range.count)
    let (weights, gradient) = (weights.row(range), gradient.row(own))
    let (first, second) = (firstMoment.row(own), secondMoment.row(own))
    for lanes in Lanes.of(range.count) {
      let (m, v) = moments.update(first, second, gradient: gradient, lanes)
      weights[lanes] = (weights[lanes] * shrinkage)
        .addingProduct(m / moments.deviation(v), SIMD16(repeating: -stepSize))
    }
  }
}
