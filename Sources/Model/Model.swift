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
  ///   - clock: to which the kernels' time is charged; none by default.
  /// - Returns: an arena of ``ModelCost/arenaBytes(microBatchSize:subBatchSize:)`` bytes.
  public func makeArena(
    microBatchSize: Int, subBatchSize: Int = 0, clock: PhaseClock? = nil
  ) -> Arena {
    Arena(
      ArenaLayout(
        configuration, precision, microBatchSize: microBatchSize, subBatchSize: subBatchSize),
      clock: clock)
  }

  /// Storage for the weights as operands of the blocks' products, one for all workers of a rank.
  public func makeOperands() -> Operands {
    Operands(count: layout.count, precision: precision)
  }

  /// The pass's images of (B, channels, height, width) to its logits.
  func forward<Element>(
    _ images: Span<Float>, _ pass: Pass<Element>
  ) throws(ModelError) -> Matrix<Float> {
    let logits = pass.workspace.floats(pass.workspace.layout.logits).rows(0..<pass.count)
    try stem.forward(images, into: stream(0, pass), pass)
    for block in blocks {
      try block.forward(stream(block.index, pass), into: stream(block.index + 1, pass), pass)
    }
    try head.forward(stream(blocks.count, pass), into: logits, pass)
    return logits
  }

  /// The forward pass reversed, from the gradient of the logits.
  ///
  /// After each layer `layerDone` receives the length of the gradient's prefix that has its sum.
  func backward<Element>(
    _ dLogits: Matrix<Float>, _ images: Span<Float>, _ pass: Pass<Element>,
    layerDone: (Int) -> Void
  ) throws(ModelError) {
    var pass = pass
    pass.isBackward = true
    let dStream = pass.workspace.floats(pass.workspace.layout.dStream)
      .rows(stem.grid.rows(of: 0..<pass.count))
    try head.backward(dLogits, input: stream(blocks.count, pass), into: dStream, pass)
    layerDone(layout.end(of: head.projection.bias))
    for block in blocks.reversed() {
      try block.backward(dStream, input: stream(block.index, pass), pass)
      layerDone(layout.end(of: block.projection.bias))
    }
    stem.backward(dStream, images: images, pass)
    layerDone(layout.count)
  }

  private func stream<Element>(_ index: Int, _ pass: Pass<Element>) -> Matrix<Float> {
    pass.workspace.floats(pass.workspace.layout.streams[index])
      .rows(stem.grid.rows(of: 0..<pass.count))
  }
}
