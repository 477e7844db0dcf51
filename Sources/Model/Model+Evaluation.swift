public import Kernels

extension Model {
  /// The plain cross-entropy and the accuracy of a batch, without stochastic depth.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width), normalised; any B.
  ///   - labels: (B) classes.
  ///   - weights: the flat weights.
  ///   - operands: up to date with the weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  ///   - debug: checks every activation.
  /// - Returns: the sums over the batch.
  /// - Throws: ``ModelError/notFinite(layer:quantity:)`` if `debug`.
  public func evaluate(
    images: Span<Float>, labels: Span<Int32>, weights: FloatBuffer, operands: Operands,
    arena: Arena, debug: Bool = false
  ) throws(ModelError) -> BatchResult {
    var result = BatchResult()
    try infer(images, labels.count, weights, operands, arena, debug: debug) { logits, first in
      result.add(
        logits, labels, from: first, SoftmaxCrossEntropy(), replacingByGradient: false)
    }
    return result
  }

  /// The logits (B, classes) of `count` images, row-major.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width), normalised.
  ///   - count: B.
  ///   - weights: the flat weights.
  ///   - operands: up to date with the weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  /// - Returns: B · classes scores.
  public func logits(
    images: Span<Float>, count: Int, weights: FloatBuffer, operands: Operands, arena: Arena
  ) -> [Float] {
    var all: [Float] = []
    do throws(ModelError) {
      try infer(images, count, weights, operands, arena, debug: false) { logits, _ in
        all += logits.values
      }
    } catch {
      preconditionFailure("a pass without checks found \(error)")
    }
    return all
  }

  /// Goes forward through `count` images; `body` gets the logits of each part with its first image.
  private func infer(
    _ images: Span<Float>, _ count: Int, _ weights: FloatBuffer, _ operands: Operands,
    _ arena: Arena, debug: Bool, _ body: (Matrix<Float>, Int) -> Void
  ) throws(ModelError) {
    requireSizes(images, count: count, weights, arena)
    // No layer touches the gradient in a forward pass.
    func pass<Element>(
      _ workspace: Workspace<Element>, _ operands: Buffer<Element>
    ) -> Pass<Element> {
      Pass(
        weights: weights, operands: operands, gradient: weights, workspace: workspace,
        samples: nil, depth: StochasticDepth(survivalProbability: 1, seed: 0, step: 0),
        count: count, debug: debug)
    }
    func forwardAll<Element>(_ whole: Pass<Element>) throws(ModelError) {
      for pass in whole.subBatches {
        try stem.forward(images, into: pass.stream(0), pass)
        try forward([pass])
        body(pass.logits, pass.first)
      }
    }
    switch arena.storage {
    case .fp32(let workspace): try forwardAll(pass(workspace, weights))
    case .bf16(let workspace): try forwardAll(pass(workspace, operands.bf16))
    }
  }
}
