package import Comm
package import Configuration
package import Kernels
package import Model
package import Reduction
import Synchronization
import Threading

/// An optimizer whose state, and the average of the weights, lie with the owners of the pieces.
///
/// Each rank updates the weights it owns and then gathers the others' (stage 1 of ZeRO: Rajbhandari
/// et al., arXiv 1910.02054). How weights are updated is the business of its ``Optimizer``.
package final class ShardedOptimizer: Sendable {
  /// Gives all ranks the numbers of all of them; each has its own in one piece of a list.
  package typealias GatherNumbers = (_ numbers: [Double], _ pieces: [Range<Int>]) throws -> [Double]

  /// The names of what is kept for each owned weight.
  package let slots: [String]
  /// The averaged weights, if they are wanted.
  package let average: FloatBuffer?

  private let optimizer: any Optimizer
  /// A buffer for each slot.
  private let state: [FloatBuffer]
  private let averageDecay: AverageDecay
  private let groups: [WeightGroups.Group]
  /// Those of each bucket.
  private let blocks: [[WeightBlock]]
  /// What norms of whole tensors are made of; nil if no update depends on them.
  private let tensorSums: TensorSums?
  private let gradientBuckets: GradientBuckets
  private let rank: Int
  private let threads: Int
  private let sumsWeights: Bool

  /// The optimizer of `rank`, with a state of zeros; `sumsWeights` is false if the checksum is not needed.
  package init(
    settings: OptimizerSettings, averageDecay: AverageDecay, layout: ParameterLayout,
    gradientBuckets: GradientBuckets, rank: Int, threads: Int, sumsWeights: Bool
  ) {
    self.sumsWeights = sumsWeights
    self.averageDecay = averageDecay
    self.gradientBuckets = gradientBuckets
    self.rank = rank
    self.threads = threads
    optimizer = settings.makeOptimizer()
    slots = optimizer.slots
    let count = gradientBuckets.ownedCount(of: rank)
    state = slots.map { _ in FloatBuffer(count: count) }
    average = averageDecay.limit > 0 ? FloatBuffer(count: count) : nil
    let weightGroups = WeightGroups(settings, layout)
    groups = weightGroups.groups
    let needsNorms = Self.needNorms(groups, by: optimizer)
    func blocks(of rank: Int, length: Int = GradientBuckets.blockLength) -> [[WeightBlock]] {
      gradientBuckets.blocks(of: rank, length: length, layout, weightGroups)
    }
    if needsNorms.contains(true) {
      self.blocks = blocks(of: rank)
      tensorSums = TensorSums(
        blocks: (0..<gradientBuckets.ranks).map { blocks(of: $0) },
        tensors: layout.parameters.count, isSummed: needsNorms)
    } else {
      self.blocks = blocks(of: rank, length: Self.cachedElements)
      tensorSums = nil
    }
  }

  /// Elements that are updated at once where nothing is summed: with gradient and state they lie in a second-level cache.
  private static let cachedElements = 4 * GradientBuckets.blockLength

  /// What is kept for the owned weights under the name `slot`.
  package func state(_ slot: String) -> FloatBuffer {
    guard let index = slots.firstIndex(of: slot) else {
      preconditionFailure("no slot \(slot) among \(slots)")
    }
    return state[index]
  }

  /// Whether the updates of each group need norms.
  private static func needNorms(
    _ groups: [WeightGroups.Group], by optimizer: some Optimizer
  ) -> [Bool] {
    updates(groups, by: optimizer, number: 1, learningRate: 0, scale: 1).map(\.needsNorms)
  }

  /// The update of each group.
  private static func updates<Rule: Optimizer>(
    _ groups: [WeightGroups.Group], by optimizer: Rule, number: Int, learningRate: Double,
    scale: Double
  ) -> [Rule.Update] {
    groups.map {
      optimizer.update(
        UpdateNumbers(
          number: number, learningRate: learningRate * $0.rateFactor, weightDecay: $0.weightDecay,
          gradientScale: scale))
    }
  }

  /// Sets the averaged weights to the weights, as before the first step.
  package func startAverage(from weights: FloatBuffer) {
    guard let average else { return }
    for stretch in blocks.joined().flatMap(\.stretches) {
      average.copy(stretch.flat, of: weights, to: stretch.owned)
    }
  }

  /// Updates the owned weights, from those of the last bucket to those of the first.
  ///
  /// - Parameters:
  ///   - weights: the flat buffer.
  ///   - gradient: the owned pieces of the sum of gradients, one after the other.
  ///   - scale: what the sum is multiplied by: 1 / samples, and less where the norm is clipped.
  ///   - number: the number of this update, from 1: Adam's t. A skipped step is none.
  ///   - learningRate: of this step.
  ///   - gather: gives all ranks the numbers from which norms of whole tensors are made; called where
  ///     an update depends on them, by all ranks alike.
  ///   - bucketIsUpdated: called with each bucket, in that order, by the thread that was the last to
  ///     finish it.
  /// - Throws: what `gather` throws, or what a thread could throw.
  /// - Returns: the checksum of the owned weights as they were updated; 0 if it is not needed.
  package func update(
    weights: FloatBuffer, gradient: FloatBuffer, scale: Double, number: Int, learningRate: Double,
    gather: GatherNumbers, bucketIsUpdated: @escaping @Sendable (Int) -> Void
  ) throws -> UInt64 {
    func update(by optimizer: some Optimizer) throws -> UInt64 {
      let updates = Self.updates(
        groups, by: optimizer, number: number, learningRate: learningRate, scale: scale)
      let sums = try tensorSums.map {
        let parts = try prepare(updates, weights, gradient)
        var numbers = [Double](repeating: 0, count: $0.pieces.last?.upperBound ?? 0)
        numbers.replaceSubrange($0.pieces[rank], with: $0.numbers(of: parts))
        return $0.total(of: try gather(numbers, $0.pieces))
      }
      return try apply(
        updates, sums, weights, gradient, averageDecay: averageDecay.decay(ofUpdate: number),
        bucketIsUpdated: bucketIsUpdated)
    }
    return try update(by: optimizer)
  }

  /// Updates the owned weights bucket by bucket, each thread its share.
  private func apply<Update: WeightUpdate>(
    _ updates: [Update], _ sums: [SquareSums]?, _ weights: FloatBuffer, _ gradient: FloatBuffer,
    averageDecay: Double, bucketIsUpdated: @escaping @Sendable (Int) -> Void
  ) throws -> UInt64 {
    let busy = Mutex(Array(repeating: threads, count: blocks.count))
    let checksum = Mutex<UInt64>(0)
    try concurrently(threads) { [self] thread in
      for bucket in blocks.indices.reversed() {
        let sum = apply(
          updates, sums, weights, gradient, averageDecay: averageDecay,
          to: share(of: thread, in: bucket))
        checksum.withLock { $0 &+= sum }
        let others = busy.withLock { busy in
          busy[bucket] -= 1
          return busy[bucket]
        }
        if others == 0 { bucketIsUpdated(bucket) }
      }
    }
    return checksum.withLock { $0 }
  }

  /// Updates `blocks`, and their average.
  ///
  /// Compiled for each optimizer: an atomic count of references between two stretches would wait until all that was
  /// written is in the cache.
  ///
  /// - Returns: the checksum of their weights; 0 if it is not needed.
  @specialized(where Update == AdamWStep)
  @specialized(where Update == SGDStep)
  @specialized(where Update == LAMBStep)
  private func apply<Update: WeightUpdate>(
    _ updates: [Update], _ sums: [SquareSums]?, _ weights: FloatBuffer, _ gradient: FloatBuffer,
    averageDecay: Double, to blocks: ArraySlice<WeightBlock>
  ) -> UInt64 {
    var checksum: UInt64 = 0
    for block in blocks {
      for stretch in block.stretches {
        let update = updates[stretch.group]
        update.apply(
          to: place(of: stretch, weights, gradient),
          update.needsNorms ? sums?[stretch.tensor] : nil)
        if let average {
          updateAverage(
            average, at: stretch.owned, weights: weights, stretch.flat, decay: averageDecay)
        }
      }
      if sumsWeights { checksum &+= GradientBuckets.checksum(weights, block.flat) }
    }
    return checksum
  }

  /// The first pass over weights whose update depends on norms.
  ///
  /// - Returns: the sums of the parts of their tensors, in the order of the owned blocks.
  private func prepare<Update: WeightUpdate>(
    _ updates: [Update], _ weights: FloatBuffer, _ gradient: FloatBuffer
  ) throws -> [SquareSums] {
    let shares = Mutex(
      blocks.map { _ in Array(repeating: [SquareSums](), count: threads) })
    try concurrently(threads) { [self] thread in
      for bucket in blocks.indices {
        let sums = share(of: thread, in: bucket).flatMap(\.stretches).compactMap { stretch in
          let update = updates[stretch.group]
          return update.needsNorms ? update.prepare(place(of: stretch, weights, gradient)) : nil
        }
        shares.withLock { $0[bucket][thread] = sums }
      }
    }
    return shares.withLock { $0.flatMap { $0.flatMap { $0 } } }
  }

  private func place(
    of stretch: WeightStretch, _ weights: FloatBuffer, _ gradient: FloatBuffer
  ) -> OwnedWeights {
    OwnedWeights(
      weights: weights, range: stretch.flat, gradient: gradient, state: state, start: stretch.owned)
  }

  /// What `thread` updates of `bucket`.
  private func share(of thread: Int, in bucket: Int) -> ArraySlice<WeightBlock> {
    let count = blocks[bucket].count
    return blocks[bucket][count * thread / threads..<count * (thread + 1) / threads]
  }

  /// Gives all ranks the whole average of the weights that learn, at their places; the others' stay as they are.
  ///
  /// - Parameters:
  ///   - buffer: receives it.
  ///   - reduction: brings it as it does weights, to a buffer that ranks share; nil for one of this rank alone.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  package func gatherAverage(
    into buffer: FloatBuffer, by reduction: (any GradientReduction)?,
    _ communicator: borrowing Communicator
  ) throws {
    guard let average else { preconditionFailure("an average is gathered that is not kept") }
    for piece in gradientBuckets.pieces(of: rank) { buffer.zero(piece) }
    for stretch in blocks.joined().flatMap(\.stretches) {
      let owned = stretch.owned..<stretch.owned + stretch.flat.count
      buffer.copy(owned, of: average, to: stretch.flat.lowerBound)
    }
    for bucket in gradientBuckets.buckets.indices {
      let part = bucket..<bucket + 1
      let exchange: Exchange? =
        if let reduction {
          try reduction.gather(part, of: buffer, communicator, then: {})
        } else {
          try gradientBuckets.gather(part, of: buffer, communicator, then: {})
        }
      try exchange?.wait(for: communicator)
    }
  }
}
