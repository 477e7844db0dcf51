public import Kernels
import Profiling

extension Model {
  /// The label of a prediction of text that does not count.
  public static var ignoredLabel: Int32 { -1 }

  /// The loss of one micro-batch and its gradient, summed over the samples.
  ///
  /// Bits depend on the arguments only: not on the thread, on what the arena held, or on time.
  ///
  /// - Parameters:
  ///   - input: B samples.
  ///   - labels: (B, ``ModelConfiguration/labelsPerSample``) classes.
  ///   - samples: (B) the numbers of the samples in their data set; they key stochastic depth.
  ///   - step: the number of the step, which keys stochastic depth too.
  ///   - seed: the run's seed.
  ///   - labelSmoothing: as in PyTorch's `CrossEntropyLoss`.
  ///   - weights: the flat weights, read.
  ///   - operands: made by ``makeOperands()`` and up to date with the weights, read.
  ///   - gradient: the flat gradient, overwritten with the sum (not the mean) over the samples.
  ///   - arena: this worker's own.
  ///   - debug: checks every activation and gradient and names the layer of one not finite.
  ///   - gradientReady: called with n when the elements 0..<n are final: after the head, after each
  ///     block and after the stem.
  /// - Returns: the sums over the micro-batch.
  /// - Throws: ``ModelError/notFinite(layer:quantity:)`` if `debug`.
  /// - Precondition: sizes agree, labels are in range. Traps otherwise.
  public func train(
    _ input: ModelInput, labels: Span<Int32>, samples: [Int], step: Int, seed: UInt64,
    labelSmoothing: Float, weights: FloatBuffer, operands: Operands, gradient: FloatBuffer,
    arena: Arena, debug: Bool = false, gradientReady: (Int) -> Void = { _ in }
  ) throws(ModelError) -> BatchResult {
    requireSizes(input, count: samples.count, weights, arena)
    requireLabels(labels, count: samples.count)
    precondition(gradient.count == layout.count, "a gradient of \(gradient.count) floats")
    let depth = StochasticDepth(
      survivalProbability: configuration.survivalProbability, seed: seed, step: step)
    func pass<Element>(
      _ workspace: Workspace<Element>, _ operands: Buffer<Element>
    ) -> Pass<Element> {
      Pass(
        weights: weights, operands: operands, gradient: gradient, workspace: workspace,
        samples: samples[...], depth: depth, count: samples.count, debug: debug)
    }
    arena.clock?.enter(.clearing)
    gradient.zero(0..<gradient.count)
    let result =
      switch arena.storage {
      case .fp32(let workspace):
        try train(input, labels, labelSmoothing, pass(workspace, weights), gradientReady)
      case .bf16(let workspace):
        try train(input, labels, labelSmoothing, pass(workspace, operands.bf16), gradientReady)
      }
    if debug { try checkGradient(gradient) }
    return result
  }

  private func train<Element>(
    _ input: ModelInput, _ labels: Span<Int32>, _ labelSmoothing: Float,
    _ microBatch: Pass<Element>, _ gradientReady: (Int) -> Void
  ) throws(ModelError) -> BatchResult {
    var result = BatchResult()
    for pass in microBatch.subBatches {
      try forward(input, pass)
      head.addLoss(
        of: labels, labelSmoothing: labelSmoothing, replacingByGradient: true, to: &result, pass)
      let isLast = pass.first + pass.count == microBatch.count
      try backward(input, pass) { done in
        if isLast { gradientReady(done) }
      }
    }
    return result
  }

  func requireSizes(
    _ input: ModelInput, count: Int, _ weights: FloatBuffer, _ arena: Arena
  ) {
    configuration.require(input, count: count)
    precondition(
      weights.count == layout.count, "\(weights.count) weights for a layout of \(layout.count)")
    precondition(
      arena.layout.configuration == configuration && arena.layout.precision == precision,
      "an arena of another model")
  }

  func requireLabels(_ labels: Span<Int32>, count: Int) {
    precondition(
      labels.count == count * configuration.labelsPerSample,
      "\(labels.count) labels for \(count) samples of \(configuration.labelsPerSample)")
  }

  private func checkGradient(_ gradient: FloatBuffer) throws(ModelError) {
    for parameter in layout.parameters where !isFinite(gradient, parameter.range) {
      throw .notFinite(layer: parameter.name, quantity: "gradient")
    }
  }
}
