public import Batches
public import Kernels

extension Model {
  /// The cross-entropy and the accuracy of a batch, without label smoothing, stochastic depth or dropout.
  ///
  /// - Parameters:
  ///   - batch: B samples, with (B, ``ModelConfiguration/labelsPerSample``) labels; any B.
  ///   - weights: the flat weights.
  ///   - operands: up to date with the weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  ///   - keepsOutcomes: whether the result has ``MicroBatchResult/outcomes``.
  ///   - keepsLogits: whether it has ``MicroBatchResult/logits``.
  ///   - debug: checks every activation.
  /// - Returns: the sums over the batch.
  /// - Throws: ``ModelError/notFinite(layer:quantity:)`` if `debug`.
  public func evaluate(
    _ batch: Batch, weights: FloatBuffer, operands: Operands, arena: Arena,
    keepsOutcomes: Bool = false, keepsLogits: Bool = false, debug: Bool = false
  ) throws(ModelError) -> MicroBatchResult {
    let (input, count) = (batch.content, batch.samples.count)
    requireLabels(batch.labels, count: count)
    func sum<Element>(_ whole: Pass<Element>) throws(ModelError) -> MicroBatchResult {
      var result = MicroBatchResult()
      if keepsOutcomes { result.outcomes = [] }
      if keepsLogits { result.logits = [] }
      for pass in whole.subBatches {
        try forward([pass])
        if keepsLogits { result.logits? += head.logits(pass) }
        head.addLoss(
          of: batch, labelSmoothing: 0, replacingByGradient: false, to: &result, pass)
      }
      return result
    }
    requireSizes(input, count: count, weights, arena)
    return switch arena.storage {
    case .fp32(let workspace):
      try sum(pass(workspace, input, weights, weights, count, debug: debug))
    case .bf16(let workspace):
      try sum(pass(workspace, input, weights, operands.bf16, count, debug: debug))
    }
  }

  /// The logits (B, classes) of `count` samples, row-major; of hidden tokens (B, P, vocabulary), and of spans (B, 2, N):
  /// those of its first token, then those of its last.
  ///
  /// - Parameters:
  ///   - input: B samples.
  ///   - count: B.
  ///   - weights: the flat weights.
  ///   - operands: up to date with the weights.
  ///   - arena: this worker's own; what it holds is overwritten.
  /// - Returns: the scores of every label.
  public func logits(
    _ input: Batch.Content, count: Int, weights: FloatBuffer, operands: Operands, arena: Arena
  ) -> [Float] {
    func all<Element>(_ whole: Pass<Element>) -> [Float] {
      var logits: [Float] = []
      for pass in whole.subBatches {
        do throws(ModelError) {
          try forward([pass])
        } catch {
          preconditionFailure("a pass without checks found \(error)")
        }
        logits += head.logits(pass)
      }
      return logits
    }
    requireSizes(input, count: count, weights, arena)
    return switch arena.storage {
    case .fp32(let workspace): all(pass(workspace, input, weights, weights, count, debug: false))
    case .bf16(let workspace):
      all(pass(workspace, input, weights, operands.bf16, count, debug: false))
    }
  }

  /// A pass that goes forward only: no layer touches its gradient, and no sample skips a block.
  private func pass<Element>(
    _ workspace: Workspace<Element>, _ input: Batch.Content, _ weights: FloatBuffer,
    _ operands: Buffer<Element>, _ count: Int, debug: Bool
  ) -> Pass<Element> {
    Pass(
      weights: weights, operands: operands, gradient: weights, workspace: workspace,
      input: input, samples: nil, depth: StochasticDepth(survivalProbability: 1, seed: 0, step: 0),
      count: count, debug: debug)
  }
}
