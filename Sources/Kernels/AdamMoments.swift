import Mathematics

/// One step of Adam's two moments of the gradient, from which AdamW and LAMB compute their changes.
///
/// - Note: Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980.
struct AdamMoments: Sendable {
  private let gradientScale: Float
  private let firstRate: Float
  private let secondDecay: Float
  private let secondRate: Float
  private let deviationScale: Float
  private let epsilon: Float

  /// 1 - β₁ᵗ, by which the first moment is too small.
  let firstBias: Double

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - beta1: decay of the first moment.
  ///   - beta2: decay of the second moment.
  ///   - epsilon: added to the denominator, the root of the corrected second moment.
  ///   - step: the number of this update, from 1: Adam's t. Skipped updates do not count.
  ///   - gradientScale: multiplies the gradient first, such as the clip factor.
  init(beta1: Double, beta2: Double, epsilon: Double, step: Int, gradientScale: Double) {
    precondition(step >= 1, "Adam's updates count from 1, not \(step)")
    self.gradientScale = Float(gradientScale)
    firstRate = Float(1 - beta1)
    secondDecay = Float(beta2)
    secondRate = Float(1 - beta2)
    deviationScale = Float(1 / (1 - power(beta2, step)).squareRoot())
    self.epsilon = Float(epsilon)
    firstBias = 1 - power(beta1, step)
  }

  /// Updates the moments at `lanes`, and returns them.
  ///
  /// Gradients beyond ``AdamWUpdate/largestGradient`` are clamped to it.
  @inline(__always)
  func update(
    _ first: Row<Float>, _ second: Row<Float>, gradient: Row<Float>, _ lanes: Lanes
  ) -> (m: SIMD16<Float>, v: SIMD16<Float>) {
    let limit = SIMD16(repeating: AdamWUpdate.largestGradient)
    let scaled = gradient[lanes] * gradientScale
    let g = scaled.replacing(with: limit, where: scaled .> limit)
      .replacing(with: -limit, where: scaled .< -limit)
    let m = first[lanes].addingProduct(g - first[lanes], SIMD16(repeating: firstRate))
    let v = (second[lanes] * secondDecay).addingProduct(g * g, SIMD16(repeating: secondRate))
    first[lanes] = m
    second[lanes] = v
    return (m, v)
  }

  /// The denominator √v̂ + ε.
  @inline(__always)
  func deviation(_ v: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(repeating: epsilon).addingProduct(v.squareRoots, SIMD16(repeating: deviationScale))
  }
}
