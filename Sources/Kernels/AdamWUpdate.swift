import Mathematics

/// One step of AdamW for one tensor, with PyTorch's formulas: decoupled decay, bias correction.
///
/// - Note: Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.
public struct AdamWUpdate: Sendable {
  /// Gradients beyond it are taken for it: a `Float` holds its square, with room for a mean of such squares.
  ///
  /// Adam's step depends on ratios of gradients, so it stays a step; an infinite second moment would
  /// stop its weight for good.
  public static let largestGradient: Float = 1e19

  private let gradientScale: Float
  private let shrinkage: Float
  private let firstRate: Float
  private let secondDecay: Float
  private let secondRate: Float
  private let stepSize: Float
  private let deviationScale: Float
  private let epsilon: Float

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - learningRate: this step's rate.
  ///   - weightDecay: 0 for a tensor that is not decayed.
  ///   - beta1: decay of the first moment.
  ///   - beta2: decay of the second moment.
  ///   - epsilon: added to the denominator, the root of the corrected second moment.
  ///   - step: the number of this update, from 1: Adam's t. Steps whose update is left out do not count.
  ///   - gradientScale: what the gradient is multiplied by first, such as the clip factor.
  public init(
    learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double,
    step: Int, gradientScale: Double
  ) {
    precondition(step >= 1, "AdamW's updates count from 1, not \(step)")
    self.gradientScale = Float(gradientScale)
    shrinkage = Float(1 - learningRate * weightDecay)
    firstRate = Float(1 - beta1)
    secondDecay = Float(beta2)
    secondRate = Float(1 - beta2)
    stepSize = Float(learningRate / (1 - power(beta1, step)))
    deviationScale = Float(1 / (1 - power(beta2, step)).squareRoot())
    self.epsilon = Float(epsilon)
  }

  /// Updates `range` of the weights.
  ///
  /// Gradient and moments may lie compactly in smaller buffers.
  ///
  /// The bits of an element depend on its own numbers only, not on how ranges are cut.
  ///
  /// - Parameters:
  ///   - weights: (n) updated at `range`.
  ///   - range: the elements to update.
  ///   - gradient: read from the element `start` on.
  ///   - firstMoment: updated from the element `start` on.
  ///   - secondMoment: updated from the element `start` on.
  ///   - start: where gradient and moments of `range` begin.
  public func apply(
    to weights: FloatBuffer, _ range: Range<Int>, gradient: FloatBuffer,
    firstMoment: FloatBuffer, secondMoment: FloatBuffer, at start: Int
  ) {
    let moments = start..<(start + range.count)
    let (weights, gradient) = (weights.row(range), gradient.row(moments))
    let (first, second) = (firstMoment.row(moments), secondMoment.row(moments))
    let limit = SIMD16(repeating: Self.largestGradient)
    for lanes in Lanes.of(range.count) {
      let scaled = gradient[lanes] * gradientScale
      let g = scaled.replacing(with: limit, where: scaled .> limit)
        .replacing(with: -limit, where: scaled .< -limit)
      let m = first[lanes].addingProduct(g - first[lanes], SIMD16(repeating: firstRate))
      let v = (second[lanes] * secondDecay).addingProduct(g * g, SIMD16(repeating: secondRate))
      first[lanes] = m
      second[lanes] = v
      let deviation = SIMD16(repeating: epsilon)
        .addingProduct(v.squareRoots, SIMD16(repeating: deviationScale))
      weights[lanes] = (weights[lanes] * shrinkage)
        .addingProduct(m / deviation, SIMD16(repeating: -stepSize))
    }
  }
}
