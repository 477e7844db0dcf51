import Kernels

/// Where the matrices of an ``Arena`` lie, for S samples saved and C samples at work at once.
///
/// With N tokens, width D, block width F and half of it H, each block saves its input (S·N, D), its
/// pre-activation (S·N, F) and its gate (S·N, H); all else is computed again in backward.
struct ArenaLayout: Sendable {
  /// One matrix of the arena.
  struct Place: Sendable {
    let offset: Int
    let rows: Int
    let columns: Int
  }

  /// What one block saves for its backward pass.
  struct Block: Sendable {
    let preactivation: Place
    let gate: Place
  }

  let configuration: ModelConfiguration
  let subBatchSize: Int
  let chunkSize: Int
  private(set) var count = 0

  /// The inputs of the blocks, and as the last the output of the last block.
  private(set) var streams: [Place] = []
  private(set) var blocks: [Block] = []
  private(set) var dStream = Place(offset: 0, rows: 0, columns: 0)
  private(set) var scratch: Scratch<Place>
  private(set) var pooled: Place
  private(set) var dPooled: Place
  private(set) var logits: Place

  /// The layout for a micro-batch of `microBatchSize`; a `subBatchSize` of 0 is chosen.
  init(_ configuration: ModelConfiguration, microBatchSize: Int, subBatchSize: Int) {
    precondition(
      microBatchSize > 0 && subBatchSize >= 0,
      "micro-batch of \(microBatchSize), sub-batch of \(subBatchSize)")
    self.configuration = configuration
    let (d, f) = (configuration.dModel, configuration.dFFN)
    let grid = configuration.patchGrid
    let savedPerSample = configuration.numLayers * grid.tokens * (d + f + f / 2)
    let chosen = subBatchSize == 0 ? Self.savedLimit / savedPerSample : subBatchSize
    self.subBatchSize = min(max(chosen, 1), microBatchSize)
    chunkSize = min(max(Self.chunkLimit / (grid.tokens * f), 1), self.subBatchSize)

    let rows = self.subBatchSize * grid.tokens
    let chunkRows = chunkSize * grid.tokens
    var end = 0
    func reserve(_ rows: Int, _ columns: Int) -> Place {
      let place = Place(offset: end, rows: rows, columns: columns)
      end += (rows * columns + 15) / 16 * 16
      return place
    }
    streams = (0...configuration.numLayers).map { _ in reserve(rows, d) }
    blocks = (0..<configuration.numLayers).map { _ in
      Block(preactivation: reserve(rows, f), gate: reserve(rows, f / 2))
    }
    dStream = reserve(rows, d)
    pooled = reserve(self.subBatchSize, d)
    dPooled = reserve(self.subBatchSize, d)
    logits = reserve(self.subBatchSize, configuration.numClasses)
    scratch = Scratch(
      patches: reserve(chunkRows, grid.patchSize), normalized: reserve(chunkRows, d),
      statistics: reserve(chunkRows, 2), gateStatistics: reserve(chunkRows, 2),
      activated: reserve(chunkRows, f), gateInput: reserve(chunkRows, f / 2),
      gated: reserve(chunkRows, f / 2), dGated: reserve(chunkRows, f / 2),
      branch: reserve(chunkRows, d), dNormalized: reserve(chunkRows, d))
    count = end
  }

  /// Floats that the blocks may save before a micro-batch is cut into sub-batches: 128 MiB.
  private static let savedLimit = 1 << 25

  /// Floats of one pre-activation up to which samples go through a layer together: 1 MiB, so that
  /// small models make few calls and large ones stay in the cache.
  private static let chunkLimit = 1 << 18
}
