import Kernels
public import Profiling

/// An image classifier: stem, blocks, head, with a backward pass written by hand.
///
/// A model owns no numbers: weights, gradient and activations are passed in, and every result is a
/// function of the arguments only.
public struct Model: Sendable {
  /// The sizes.
  public let configuration: ModelConfiguration

  /// Where each tensor lies in the flat buffers.
  public let layout: ParameterLayout

  /// The kind of number that the blocks compute with.
  public let precision: Precision

  let stem: PatchStem
  let blocks: [GMLPBlock]
  let head: ClassHead

  /// A model of these sizes.
  ///
  /// - Parameters:
  ///   - configuration: the sizes.
  ///   - precision: of the blocks.
  /// - Throws: ``ModelError/invalidConfiguration(key:value:advice:)``.
  public init(
    _ configuration: ModelConfiguration, precision: Precision = .fp32
  ) throws(ModelError) {
    try configuration.validate()
    self.precision = precision
    let layout = ParameterLayout(configuration)
    self.configuration = configuration
    self.layout = layout
    stem = PatchStem(configuration, layout)
    blocks = (0..<configuration.numLayers).map { GMLPBlock($0, configuration, layout) }
    head = ClassHead(configuration, layout)
  }

  /// Storage for the activations of one worker.
  ///
  /// - Parameters:
  ///   - microBatchSize: the most samples of one call of ``train``.
  ///   - subBatchSize: the samples whose activations are kept at once; gradients accumulate over the
  ///     sub-batches. It changes the results' last bits. 0 chooses by the model's shapes alone.
  ///   - interleavedSamples: the samples that go through the layers in turn, as many whole sub-batches
  ///     as fit, at least one. It changes no bit.
  ///   - clock: to which the kernels' time is charged; none by default.
  /// - Returns: an arena of ``ModelCost/arenaBytes(microBatchSize:subBatchSize:interleavedSamples:)`` bytes.
  public func makeArena(
    microBatchSize: Int, subBatchSize: Int = 0, interleavedSamples: Int = 0,
    clock: PhaseClock? = nil
  ) -> Arena {
    Arena(
      ArenaLayout(
        configuration, precision, microBatchSize: microBatchSize, subBatchSize: subBatchSize,
        interleavedSamples: interleavedSamples),
      clock: clock)
  }

  /// Storage for the weights as operands of the blocks' products, one for all workers of a rank.
  public func makeOperands() -> Operands {
    Operands(count: layout.count, precision: precision)
  }

  /// From the tokens of each pass, which the stem has made, to its logits.
  ///
  /// The passes go through the layers in turn. Before each layer `weightsNeeded` receives the first
  /// element of the suffix of the weights that holds those of this layer and of the earlier ones.
  func forward<Element>(
    _ passes: [Pass<Element>], weightsNeeded: (Int) -> Void = { _ in }
  ) throws(ModelError) {
    for block in blocks {
      weightsNeeded(block.norm.weight.range.lowerBound)
      for pass in passes {
        try block.forward(pass.stream(block.index), into: pass.stream(block.index + 1), pass)
      }
    }
    weightsNeeded(head.norm.weight.range.lowerBound)
    for pass in passes {
      try head.forward(pass.stream(blocks.count), into: pass.logits, pass)
    }
  }

  /// The forward pass reversed, from the gradients that have taken the place of the logits.
  ///
  /// The gradients of the tokens are left for the stem. After each layer `layerDone` receives the
  /// length of the gradients' prefix that has its sum.
  func backward<Element>(
    _ passes: [Pass<Element>], layerDone: (Int) -> Void
  ) throws(ModelError) {
    for pass in passes {
      try head.backward(pass.logits, input: pass.stream(blocks.count), into: pass.dStream, pass)
    }
    layerDone(layout.end(of: head.projection.bias))
    for block in blocks.reversed() {
      for pass in passes {
        try block.backward(pass.dStream, input: pass.stream(block.index), pass)
      }
      layerDone(layout.end(of: block.projection.bias))
    }
  }
}
