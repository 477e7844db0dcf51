import Kernels

/// Where the matrices of an ``ActivationPlan`` lie for S samples kept and C samples at work at once.
///
/// Several sub-batches may be under way at once; each has its own place for what it keeps.
struct ArenaLayout: Sendable {
  /// One matrix, among the floats or among the operands of products.
  struct Place: Sendable {
    let offset: Int
    let rows: Int
    let columns: Int
  }

  /// All matrices of one kind.
  struct Matrices: Sendable {
    /// Their places by number; those of kept matrices are for the first sub-batch.
    let places: [Place]

    /// The number of elements that one sub-batch keeps.
    let kept: Int

    /// The number of elements of all of them.
    let count: Int

    /// The place of the matrix of `slot` for the sub-batch at `index`.
    func place(of slot: Slot, at index: Int) -> Place {
      let place = places[slot.number]
      if slot.extent != .subBatch { return place }
      return Place(offset: place.offset + index * kept, rows: place.rows, columns: place.columns)
    }
  }

  /// A buffer that grows matrix by matrix.
  private struct Region {
    var count = 0

    /// The next matrix; each begins at a multiple of 64 bytes.
    mutating func reserve(_ rows: Int, _ columns: Int) -> Place {
      let place = Place(offset: count, rows: rows, columns: columns)
      count += (rows * columns + 31) / 32 * 32
      return place
    }
  }

  let configuration: ModelConfiguration
  let precision: Precision
  let products: ProductLibrary
  let subBatchSize: Int
  let chunkSize: Int

  /// The number of sub-batches under way at once.
  let interleavedSubBatches: Int

  let floats: Matrices
  let operands: Matrices

  /// The layout for micro-batches of `microBatchSize`; a `subBatchSize` of 0 is chosen.
  init(
    _ plan: ActivationPlan, _ configuration: ModelConfiguration, _ precision: Precision,
    _ products: ProductLibrary, microBatchSize: Int, subBatchSize: Int, interleavedSamples: Int
  ) {
    precondition(
      microBatchSize > 0 && subBatchSize >= 0 && interleavedSamples >= 0,
      "micro-batch \(microBatchSize), sub-batch \(subBatchSize), interleaved \(interleavedSamples)")
    self.configuration = configuration
    self.precision = precision
    self.products = products
    // Neither what the blocks keep nor the logits grow beyond the limit.
    let perSample = max(plan.keptPerSample(.block), plan.keptPerSample(.head), 1)
    let chosen =
      subBatchSize == 0
      ? Self.keptLimit(configuration, precision, products) / perSample : subBatchSize
    let samples = min(max(chosen, 1), microBatchSize)
    let preactivation = configuration.tokens * configuration.dFFN
    let chunk = min(
      max(Self.chunkLimit(configuration, precision, products) / preactivation, 1), samples)
    self.subBatchSize = samples
    chunkSize = chunk
    interleavedSubBatches = max(1, interleavedSamples / samples)
    floats = Self.matrices(plan.floats, samples, chunk, interleavedSubBatches)
    operands = Self.matrices(plan.operands, samples, chunk, interleavedSubBatches)
  }

  /// Its size.
  var bytes: Int {
    floats.count * MemoryLayout<Float>.stride
      + operands.count
      * (precision == .fp32 ? MemoryLayout<Float>.stride : MemoryLayout<BFloat16>.stride)
  }

  /// What is kept comes first, one sub-batch after the other; after it comes the memory in which all layers work.
  private static func matrices(
    _ reservations: [ActivationPlan.Reservation], _ samples: Int, _ chunk: Int, _ subBatches: Int
  ) -> Matrices {
    var kept = Region()
    for reservation in reservations where reservation.slot.extent == .subBatch {
      _ = kept.reserve(samples * reservation.slot.rows, reservation.slot.columns)
    }
    let free = Region(count: subBatches * kept.count)
    var (count, layer) = (free.count, -1)
    var (nextKept, working) = (Region(), free)
    let places = reservations.map { reservation in
      let slot = reservation.slot
      if reservation.layer != layer { (layer, working) = (reservation.layer, free) }
      let place =
        switch slot.extent {
        case .subBatch: nextKept.reserve(samples * slot.rows, slot.columns)
        case .chunk: working.reserve(chunk * slot.rows, slot.columns)
        case .layer: working.reserve(slot.rows, slot.columns)
        }
      count = max(count, working.count)
      return place
    }
    return Matrices(places: places, kept: kept.count, count: count)
  }

  /// The number of elements that the blocks may keep before a micro-batch is cut into sub-batches.
  ///
  /// Every sub-batch reads the weights and their gradients once. So in bf16 the limit is at least the size of the
  /// channels' weights.
  private static func keptLimit(
    _ configuration: ModelConfiguration, _ precision: Precision, _ products: ProductLibrary
  ) -> Int {
    let weights = configuration.numLayers * configuration.dModel * configuration.dFFN * 3 / 2
    switch precision {
    case .fp32: return products.keptLimit
    case .bf16: return max(1 << 25, weights)
    }
  }

  /// The number of elements of a pre-activation up to which samples go through a layer together.
  private static func chunkLimit(
    _ configuration: ModelConfiguration, _ precision: Precision, _ products: ProductLibrary
  ) -> Int {
    let weights = configuration.dModel * configuration.dFFN
    return switch precision {
    case .fp32: products.chunkLimit(Float.self, weights: weights)
    case .bf16: products.chunkLimit(BFloat16.self, weights: weights)
    }
  }
}
