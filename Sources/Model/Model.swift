import Kernels

/// An image classifier: stem, blocks, head, with a backward pass written by hand.
///
/// A model owns no numbers: weights, gradient and activations are passed in, and every result is a
/// function of the arguments only.
public struct Model: Sendable {
  /// The sizes.
  public let configuration: ModelConfiguration

  /// Where each tensor lies in the flat buffers.
  public let layout: ParameterLayout

  let stem: PatchStem
  let blocks: [GMLPBlock]
  let head: ClassHead

  /// A model of these sizes.
  ///
  /// - Throws: ``ModelError/invalidConfiguration(key:value:advice:)``.
  public init(_ configuration: ModelConfiguration) throws(ModelError) {
    try configuration.validate()
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
  /// - Returns: an arena of ``ModelCost/arenaBytes(microBatchSize:subBatchSize:)`` bytes.
  public func makeArena(microBatchSize: Int, subBatchSize: Int = 0) -> Arena {
    Arena(
      ArenaLayout(configuration, microBatchSize: microBatchSize, subBatchSize: subBatchSize))
  }

  /// Images (B, channels, height, width), from number `first` on, to the pass's logits.
  func forward(
    _ images: Span<Float>, first: Int, _ pass: Pass
  ) throws(ModelError) -> Matrix {
    let logits = pass.arena.matrix(pass.arena.layout.logits).rows(0..<pass.count)
    try stem.forward(images, first: first, into: stream(0, pass), pass)
    for block in blocks {
      try block.forward(stream(block.index, pass), into: stream(block.index + 1, pass), pass)
    }
    try head.forward(stream(blocks.count, pass), into: logits, pass)
    return logits
  }

  /// The forward pass reversed, from the gradient of the logits.
  ///
  /// After each layer `layerDone` receives the length of the gradient's prefix that has its sum.
  func backward(
    _ dLogits: Matrix, _ images: Span<Float>, first: Int, _ pass: Pass, layerDone: (Int) -> Void
  ) throws(ModelError) {
    let dStream = pass.arena.matrix(pass.arena.layout.dStream)
      .rows(stem.grid.rows(of: 0..<pass.count))
    try head.backward(dLogits, input: stream(blocks.count, pass), into: dStream, pass)
    layerDone(layout.end(of: head.projection.bias))
    for block in blocks.reversed() {
      try block.backward(dStream, input: stream(block.index, pass), pass)
      layerDone(layout.end(of: block.projection.bias))
    }
    stem.backward(dStream, images: images, first: first, pass)
    layerDone(layout.count)
  }

  private func stream(_ index: Int, _ pass: Pass) -> Matrix {
    pass.arena.matrix(pass.arena.layout.streams[index])
      .rows(stem.grid.rows(of: 0..<pass.count))
  }
}
