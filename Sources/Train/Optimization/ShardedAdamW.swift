import Comm
import Configuration
import Kernels
import Model
import Reduction
import Synchronization
import Threading

/// AdamW whose moments, and the average of the weights, lie with the owners of the pieces.
///
/// Each rank updates the weights it owns and then gathers the others' (stage 1 of ZeRO: Rajbhandari
/// et al., arXiv 1910.02054).
///
/// - Note: Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
package final class ShardedAdamW: Sendable {
  /// A run of weights that this rank owns and that are treated alike.
  private struct Stretch {
    /// Place in the flat buffer.
    let flat: Range<Int>
    /// Place among the owned elements.
    let owned: Int
    let decays: Bool
  }

  /// What is updated and summed at once, so that it lies in the cache.
  private struct Block {
    /// Place in the flat buffer.
    let flat: Range<Int>
    let stretches: [Stretch]
  }

  /// Means of the gradients of the owned weights.
  let firstMoment: FloatBuffer
  /// Means of their squares.
  let secondMoment: FloatBuffer
  /// The averaged weights, if they are wanted.
  let average: FloatBuffer?

  private let settings: OptimizerSettings
  private let averageDecay: AverageDecay
  /// Those of each bucket.
  private let blocks: [[Block]]
  private let gradientBuckets: GradientBuckets
  private let threads: Int
  private let sumsWeights: Bool

  /// The optimizer of `rank`, with all moments zero; `sumsWeights` is false where nobody wants the checksum.
  init(
    settings: OptimizerSettings, averageDecay: AverageDecay, layout: ParameterLayout,
    gradientBuckets: GradientBuckets, rank: Int, threads: Int, sumsWeights: Bool
  ) {
    self.sumsWeights = sumsWeights
    self.settings = settings
    self.averageDecay = averageDecay
    self.gradientBuckets = gradientBuckets
    self.threads = threads
    let count = gradientBuckets.ownedCount(of: rank)
    firstMoment = FloatBuffer(count: count)
    secondMoment = FloatBuffer(count: count)
    average = averageDecay.limit > 0 ? FloatBuffer(count: count) : nil
    var start = 0
    blocks = gradientBuckets.pieces(of: rank).map { piece in
      let parameters = layout.parameters.filter { $0.range.overlaps(piece) }
      let offset = start - piece.lowerBound
      start += piece.count
      return stride(from: piece.lowerBound, to: piece.upperBound, by: GradientBuckets.blockLength)
        .map { lower in
          let flat = lower..<min(lower + GradientBuckets.blockLength, piece.upperBound)
          let stretches = parameters.filter { $0.range.overlaps(flat) }.map {
            let part = $0.range.clamped(to: flat)
            return Stretch(flat: part, owned: part.lowerBound + offset, decays: $0.decays)
          }
          return Block(flat: flat, stretches: stretches)
        }
    }
  }

  /// Sets the averaged weights to the weights, as before the first step.
  func startAverage(from weights: FloatBuffer) {
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
  ///   - bucketIsUpdated: called with each bucket, in that order, by the thread that was the last to
  ///     finish it.
  /// - Throws: nothing of its own: what a thread could throw.
  /// - Returns: the checksum of the owned weights as they were updated; 0 where nobody wants it.
  func update(
    weights: FloatBuffer, gradient: FloatBuffer, scale: Double, number: Int, learningRate: Double,
    bucketIsUpdated: @escaping @Sendable (Int) -> Void
  ) throws -> UInt64 {
    let updates = [true, false].map { decays in
      AdamWUpdate(
        learningRate: learningRate, weightDecay: decays ? settings.weightDecay : 0,
        beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, step: number,
        gradientScale: scale)
    }
    let decay = averageDecay.decay(ofUpdate: number)
    let busy = Mutex(Array(repeating: threads, count: blocks.count))
    let checksum = Mutex<UInt64>(0)
    try concurrently(threads) { [self] thread in
      for bucket in blocks.indices.reversed() {
        var sum: UInt64 = 0
        for block in share(of: thread, in: bucket) {
          for stretch in block.stretches {
            let update = stretch.decays ? updates[0] : updates[1]
            update.apply(
              to: weights, stretch.flat, gradient: gradient, firstMoment: firstMoment,
              secondMoment: secondMoment, at: stretch.owned)
            if let average {
              updateAverage(
                average, at: stretch.owned, weights: weights, stretch.flat, decay: decay)
            }
          }
          if sumsWeights { sum &+= GradientBuckets.checksum(weights, block.flat) }
        }
        checksum.withLock { [sum] in $0 &+= sum }
        let others = busy.withLock { busy in
          busy[bucket] -= 1
          return busy[bucket]
        }
        if others == 0 { bucketIsUpdated(bucket) }
      }
    }
    return checksum.withLock { $0 }
  }

  /// What `thread` updates of `bucket`.
  private func share(of thread: Int, in bucket: Int) -> ArraySlice<Block> {
    let count = blocks[bucket].count
    return blocks[bucket][count * thread / threads..<count * (thread + 1) / threads]
  }

  /// Gives all ranks the whole average.
  func gatherAverage(
    into buffer: FloatBuffer, _ communicator: borrowing Communicator
  ) throws {
    guard let average else { preconditionFailure("an average is gathered that is not kept") }
    buffer.zero(0..<buffer.count)
    for stretch in blocks.joined().flatMap(\.stretches) {
      let owned = stretch.owned..<stretch.owned + stretch.flat.count
      buffer.copy(owned, of: average, to: stretch.flat.lowerBound)
    }
    for bucket in gradientBuckets.buckets.indices {
      let exchange = try gradientBuckets.gather(
        bucket..<bucket + 1, of: buffer, communicator, then: {})
      try exchange.wait(for: communicator)
    }
  }
}
