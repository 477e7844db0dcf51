import Batches
public import Kernels
import Profiling

extension Model {
  /// The losses of micro-batches and the gradient of each, summed over its samples.
  ///
  /// Their sub-batches take turns in each layer, as many as the arena was made for. So weights are needed later and
  /// gradients are ready earlier. Bits depend on the arguments only, not on the thread, on what the arena held, on how
  /// many take turns, or on time.
  ///
  /// - Parameters:
  ///   - microBatches: at least one, each with its own gradient of ``ParameterLayout/gradientCount`` floats.
  ///   - step: the number of the step; it keys stochastic depth and dropout, as the seed does.
  ///   - seed: the run's seed.
  ///   - labelSmoothing: as in PyTorch's `CrossEntropyLoss`.
  ///   - weights: the flat weights, read.
  ///   - operands: made by ``makeOperands()`` and up to date with the weights, read.
  ///   - arena: this worker's own.
  ///   - debug: checks every activation and gradient, and names the layer of one that is not finite.
  ///   - weightsNeeded: called with n before a layer reads weights of the elements n and later ones:
  ///     before the stem, each block and the head.
  ///   - gradientReady: called with n when the elements 0..<n of all gradients are final: after the
  ///     head, after each block and after the stem.
  /// - Returns: the sums over each micro-batch.
  /// - Throws: ``ModelError/notFinite(layer:quantity:)`` if `debug`.
  /// - Precondition: sizes agree, labels are in range. Traps otherwise.
  public func train(
    _ microBatches: [MicroBatch], step: Int, seed: UInt64, labelSmoothing: Float,
    weights: FloatBuffer, operands: Operands, arena: Arena, debug: Bool = false,
    weightsNeeded: (Int) -> Void = { _ in }, gradientReady: (Int) -> Void = { _ in }
  ) throws(ModelError) -> [MicroBatchResult] {
    let depth = StochasticDepth(configuration, layers: layers.count, seed: seed, step: step)
    let dropout =
      configuration.dropout > 0
      ? Dropout(probability: configuration.dropout, seed: seed, step: step) : nil
    let share = configuration.classReading.dropout
    let headDropout = share > 0 ? Dropout(probability: share, seed: seed, step: step) : nil
    func passes<Element>(
      _ workspace: Workspace<Element>, _ operands: Buffer<Element>
    ) -> [Pass<Element>] {
      microBatches.enumerated().flatMap { index, microBatch in
        let batch = microBatch.batch
        return Pass(
          weights: weights, operands: operands, gradient: microBatch.gradient,
          workspace: workspace, input: batch.content, samples: batch.samples[...], depth: depth,
          dropout: dropout, headDropout: headDropout, microBatch: index,
          count: batch.samples.count, debug: debug
        ).subBatches
      }
    }
    for microBatch in microBatches {
      let batch = microBatch.batch
      requireSizes(batch.content, count: batch.samples.count, weights, arena)
      requireLabels(batch.labels, count: batch.samples.count)
      let gradient = microBatch.gradient
      precondition(
        gradient.count == layout.gradientCount,
        "a gradient of \(gradient.count) floats for \(layout.gradientCount) that learn")
      arena.clock?.enter(.clearing)
      gradient.zero(0..<gradient.count)
    }
    let results =
      switch arena.storage {
      case .fp32(let workspace):
        try train(
          microBatches, labelSmoothing, passes(workspace, weights), weightsNeeded, gradientReady)
      case .bf16(let workspace):
        try train(
          microBatches, labelSmoothing, passes(workspace, operands.bf16), weightsNeeded,
          gradientReady)
      }
    if debug {
      for microBatch in microBatches { try checkGradient(microBatch.gradient) }
    }
    return results
  }

  /// Takes `passes` through the layers, first to last; as many take turns as the workspace has places for.
  private func train<Element>(
    _ microBatches: [MicroBatch], _ labelSmoothing: Float, _ passes: [Pass<Element>],
    _ weightsNeeded: (Int) -> Void, _ gradientReady: (Int) -> Void
  ) throws(ModelError) -> [MicroBatchResult] {
    var results = Array(repeating: MicroBatchResult(), count: microBatches.count)
    var rest = passes[...]
    while !rest.isEmpty {
      var interleaved = inTurn(rest)
      rest = rest.dropFirst(interleaved.count)
      for place in interleaved.indices { interleaved[place].place = place }
      try forward(interleaved, weightsNeeded: weightsNeeded)
      for place in interleaved.indices {
        let pass = interleaved[place]
        head.addLoss(
          of: microBatches[pass.microBatch].batch, labelSmoothing: labelSmoothing,
          replacingByGradient: true, to: &results[pass.microBatch], pass)
        interleaved[place].isBackward = true
      }
      try backward(interleaved) { if rest.isEmpty { gradientReady($0) } }
    }
    return results
  }

  /// The first of `passes`, as many as take turns in the layers.
  ///
  /// Layers that share a tensor add to its gradient one after the other. Two passes of one micro-batch that take turns
  /// would add in another order than one after the other.
  private func inTurn<Element>(_ passes: ArraySlice<Pass<Element>>) -> [Pass<Element>] {
    let places = passes[passes.startIndex].workspace.layout.interleavedSubBatches
    let most = passes.prefix(places)
    if !configuration.sharesTensors { return Array(most) }
    var microBatches: Set<Int> = []
    return Array(most.prefix { microBatches.insert($0.microBatch).inserted })
  }

  func requireSizes(
    _ input: Batch.Content, count: Int, _ weights: FloatBuffer, _ arena: Arena
  ) {
    configuration.require(input, count: count)
    precondition(
      weights.count == layout.count, "\(weights.count) weights for a layout of \(layout.count)")
    precondition(
      arena.layout.configuration == configuration && arena.layout.precision == precision
        && arena.layout.products == products,
      "an arena of another model")
  }

  func requireLabels(_ labels: [Int32], count: Int) {
    precondition(
      labels.count == count * configuration.labelsPerSample,
      "\(labels.count) labels for \(count) samples of \(configuration.labelsPerSample)")
  }

  private func checkGradient(_ gradient: FloatBuffer) throws(ModelError) {
    for parameter in layout.learning where !isFinite(gradient, parameter.range) {
      throw .notFinite(layer: parameter.name, quantity: "gradient")
    }
  }
}
