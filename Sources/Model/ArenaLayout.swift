import Kernels

/// Where the matrices of a ``Workspace`` lie, for S samples saved and C samples at work at once.
///
/// With N tokens, width D, block width F and half of it H, each block saves its input (S·N, D), its
/// pre-activation (S·N, F) and its gate (S·N, H); all else is computed again in backward.
struct ArenaLayout: Sendable {
  /// One matrix, among the floats or among the operands of products.
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

  /// A buffer that grows by one matrix after the other.
  struct Region: Sendable {
    private(set) var count = 0

    /// The next matrix; each begins at a multiple of 64 bytes.
    mutating func reserve(_ rows: Int, _ columns: Int) -> Place {
      let place = Place(offset: count, rows: rows, columns: columns)
      count += (rows * columns + 31) / 32 * 32
      return place
    }
  }

  let configuration: ModelConfiguration
  let precision: Precision
  let subBatchSize: Int
  let chunkSize: Int
  private(set) var floats = Region()
  private(set) var operands = Region()

  /// The inputs of the blocks, and as the last the output of the last block.
  private(set) var streams: [Place] = []
  private(set) var blocks: [Block] = []
  private(set) var dStream = Place(offset: 0, rows: 0, columns: 0)
  private(set) var scratch: Scratch<Place, Place>
  private(set) var pooled: Place
  private(set) var dPooled: Place
  private(set) var logits: Place

  /// The layout for a micro-batch of `microBatchSize`; a `subBatchSize` of 0 is chosen.
  init(
    _ configuration: ModelConfiguration, _ precision: Precision, microBatchSize: Int,
    subBatchSize: Int
  ) {
    precondition(
      microBatchSize > 0 && subBatchSize >= 0,
      "micro-batch of \(microBatchSize), sub-batch of \(subBatchSize)")
    self.configuration = configuration
    self.precision = precision
    let (d, f) = (configuration.dModel, configuration.dFFN)
    let grid = configuration.patchGrid
    let savedPerSample = configuration.numLayers * grid.tokens * (d + f + f / 2)
    let chosen =
      subBatchSize == 0 ? Self.savedLimit(configuration, precision) / savedPerSample : subBatchSize
    self.subBatchSize = min(max(chosen, 1), microBatchSize)
    chunkSize = min(
      max(Self.chunkLimit(configuration, precision) / (grid.tokens * f), 1), self.subBatchSize)

    let rows = self.subBatchSize * grid.tokens
    let chunkRows = chunkSize * grid.tokens
    var (floats, operands) = (Region(), Region())
    streams = (0...configuration.numLayers).map { _ in floats.reserve(rows, d) }
    blocks = (0..<configuration.numLayers).map { _ in
      Block(preactivation: operands.reserve(rows, f), gate: operands.reserve(rows, f / 2))
    }
    dStream = floats.reserve(rows, d)
    pooled = floats.reserve(self.subBatchSize, d)
    dPooled = floats.reserve(self.subBatchSize, d)
    logits = floats.reserve(self.subBatchSize, configuration.numClasses)
    scratch = Scratch(
      patches: floats.reserve(chunkRows, grid.patchSize), statistics: floats.reserve(chunkRows, 2),
      gateStatistics: floats.reserve(chunkRows, 2), branch: floats.reserve(chunkRows, d),
      dNormalized: floats.reserve(chunkRows, d), headNormalized: floats.reserve(chunkRows, d),
      normalized: operands.reserve(chunkRows, d), activated: operands.reserve(chunkRows, f),
      gateInput: operands.reserve(chunkRows, f / 2), gated: operands.reserve(chunkRows, f / 2),
      dGated: operands.reserve(chunkRows, f / 2), dBranch: operands.reserve(chunkRows, d))
    (self.floats, self.operands) = (floats, operands)
  }

  /// The storage that it takes.
  var bytes: Int {
    floats.count * MemoryLayout<Float>.stride
      + operands.count
      * (precision == .fp32 ? MemoryLayout<Float>.stride : MemoryLayout<BFloat16>.stride)
  }

  /// Elements that the blocks may save before a micro-batch is cut into sub-batches: 64 MiB of them.
  ///
  /// In bf16 as many as the channels' weights, if those are more: every sub-batch reads them and their gradients once.
  private static func savedLimit(
    _ configuration: ModelConfiguration, _ precision: Precision
  ) -> Int {
    let weights = configuration.numLayers * configuration.dModel * configuration.dFFN * 3 / 2
    return precision == .fp32 ? 1 << 24 : max(1 << 25, weights)
  }

  /// Elements of one pre-activation up to which samples go through a layer together.
  ///
  /// So small models make few calls. In fp32 large ones stay in the cache (1 MiB); in bf16 the products are so fast
  /// that reading the weights once for two samples is worth more (2 MiB, or the size of the weights), as measured.
  private static func chunkLimit(
    _ configuration: ModelConfiguration, _ precision: Precision
  ) -> Int {
    precision == .fp32 ? 1 << 18 : max(1 << 20, configuration.dModel * configuration.dFFN)
  }
}
