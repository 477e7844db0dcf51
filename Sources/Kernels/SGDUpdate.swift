/// One step of stochastic gradient descent for one tensor, with PyTorch's formulas: the decay is added to the gradient.
///
/// With w the weight, g the gradient, λ the decay, μ the momentum and η the rate:
/// d = g + λ·w, b ← d + μ·b, w ← w − η·b; Nesterov's momentum subtracts η·(d + μ·b) instead. Without momentum d takes
/// the place of b. Each product and its addition are rounded once.
///
/// - Note: Source: the documentation of `torch.optim.SGD`, with a dampening of 0.
public struct SGDUpdate: Sendable {
  private let gradientScale: Float
  private let decay: Float
  private let momentum: Float
  private let rate: Float
  private let isNesterov: Bool

  /// The constants of one step, computed in `Double`.
  ///
  /// - Parameters:
  ///   - learningRate: this step's rate.
  ///   - weightDecay: 0 for a tensor without decay.
  ///   - momentum: the fraction of the buffer that is kept; 0 for none.
  ///   - isNesterov: whether the step looks ahead by the momentum.
  ///   - gradientScale: multiplies the gradient first, such as the clip factor.
  public init(
    learningRate: Double, weightDecay: Double, momentum: Double, isNesterov: Bool,
    gradientScale: Double
  ) {
    self.gradientScale = Float(gradientScale)
    decay = Float(weightDecay)
    self.momentum = Float(momentum)
    rate = Float(learningRate)
    self.isNesterov = isNesterov
  }

  /// Updates `range` of the weights.
  ///
  /// Gradient and buffer may be in smaller buffers that hold nothing else. The bits of an element depend on its own
  /// numbers only, not on how ranges are cut.
  ///
  /// - Parameters:
  ///   - weights: (n) updated at `range`.
  ///   - range: the elements to update.
  ///   - gradient: read from element `start` on.
  ///   - buffer: the momentum, updated from element `start` on; nil for a step without momentum.
  ///   - start: the position of `range` in gradient and buffer.
  /// - Precondition: there is a buffer if and only if the momentum is not 0. Traps otherwise.
  public func apply(
    to weights: FloatBuffer, _ range: Range<Int>, gradient: FloatBuffer, buffer: FloatBuffer?,
    at start: Int
  ) {
    precondition(
      (buffer != nil) == (momentum != 0),
      "SGD with a momentum of \(momentum) and "
        + (buffer == nil ? "no buffer" : "a buffer"))
    let owned = start..<(start + range.count)
    let (weights, gradient, buffer) = (
      weights.row(range), gradient.row(owned), buffer?.row(owned)
    )
    let (decay, momentum, rate) = (
      SIMD16(repeating: decay), SIMD16(repeating: momentum), SIMD16(repeating: -rate)
    )
    for lanes in Lanes.of(range.count) {
      let w = weights[lanes]
      let d = (gradient[lanes] * gradientScale).addingProduct(w, decay)
      var step = d
      if let buffer {
        let b = d.addingProduct(buffer[lanes], momentum)
        buffer[lanes] = b
        step = isNesterov ? d.addingProduct(b, momentum) : b
      }
      weights[lanes] = w.addingProduct(step, rate)
    }
  }
}
