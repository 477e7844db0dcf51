public import Kernels

extension Model {
  /// The plain cross-entropy and the accuracy of a batch, without stochastic depth.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width), normalised; any B.
  ///   - labels: (B) classes.
  ///   - weights: the flat weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  ///   - debug: checks every activation.
  /// - Returns: the sums over the batch.
  /// - Throws: ``ModelError/notFinite(layer:quantity:)`` if `debug`.
  public func evaluate(
    images: Span<Float>, labels: Span<Int32>, weights: FloatBuffer, arena: Arena,
    debug: Bool = false
  ) throws(ModelError) -> BatchResult {
    requireSizes(images, count: labels.count, weights, arena)
    var result = BatchResult()
    for range in subBatches(labels.count, arena) {
      let logits = try forward(
        images, first: range.lowerBound, inference(range, weights, arena, debug: debug))
      result.add(
        logits, labels, from: range.lowerBound, SoftmaxCrossEntropy(),
        replacingByGradient: false)
    }
    return result
  }

  /// The logits (B, classes) of `count` images, row-major.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width), normalised.
  ///   - count: B.
  ///   - weights: the flat weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  /// - Returns: B · classes scores.
  public func logits(
    images: Span<Float>, count: Int, weights: FloatBuffer, arena: Arena
  ) -> [Float] {
    requireSizes(images, count: count, weights, arena)
    var logits: [Float] = []
    for range in subBatches(count, arena) {
      do throws(ModelError) {
        logits += try forward(
          images, first: range.lowerBound, inference(range, weights, arena, debug: false)
        ).values
      } catch {
        preconditionFailure("a pass without checks found \(error)")
      }
    }
    return logits
  }

  private func inference(
    _ range: Range<Int>, _ weights: FloatBuffer, _ arena: Arena, debug: Bool
  ) -> Pass {
    let depth = StochasticDepth(survivalProbability: 1, seed: 0, step: 0)
    // No layer touches the gradient in a forward pass.
    return Pass(
      weights: weights, gradient: weights, arena: arena, samples: nil, depth: depth,
      count: range.count, debug: debug)
  }
}
