import Kernels
import Optimization
import Reduction
import Synchronization
import Threading

/// Finds weights that have changed in a rank's memory without an update.
///
/// The owners note the checksum of what they have updated. At the end of the next step's computation,
/// before anything is updated, every rank compares the weights that it computed with: its whole
/// replica, or where all ranks share the weights the part that it owns. Frozen weights have no owner, and
/// are divided among the ranks in the same way.
package struct ReplicaCheck {
  /// Whether there is one copy of the weights for all ranks.
  let isShared: Bool
  /// The ranges that only this rank checks, in the copy that it computes with.
  private let used: [Range<Int>]
  private let threads: Int
  /// The checksum of this rank's part of the frozen weights, which are never updated.
  private var frozenSum: UInt64 = 0
  /// The checksum of the owned weights as the last update left them, plus `frozenSum`.
  private var updatedSum: UInt64 = 0

  /// A check for `rank`, whose `weights` are known to be correct when it is made.
  ///
  /// - Parameters:
  ///   - weights: the flat buffer.
  ///   - gradientBuckets: how the weights that learn are cut.
  ///   - frozen: the range of the frozen ones, which begins at a multiple of a block.
  ///   - rank: the number of this rank.
  ///   - isShared: whether there is one copy of the weights for all ranks.
  ///   - threads: how many threads of this rank compute checksums.
  /// - Throws: `ThreadError` if the system grants no thread.
  init(
    of weights: FloatBuffer, gradientBuckets: GradientBuckets, frozen: Range<Int>, rank: Int,
    isShared: Bool, threads: Int
  ) throws {
    self.isShared = isShared
    self.threads = threads
    let ranks = gradientBuckets.ranks
    let frozenBuckets =
      frozen.isEmpty
      ? nil : GradientBuckets(count: frozen.count, bucketElements: 1 << 20, ranks: ranks)
    func shifted(_ ranges: [Range<Int>]?) -> [Range<Int>] {
      (ranges ?? []).map { $0.lowerBound + frozen.lowerBound..<$0.upperBound + frozen.lowerBound }
    }
    let pieces = gradientBuckets.pieces(of: rank)
    let frozenPieces = shifted(frozenBuckets?.pieces(of: rank))
    used =
      isShared
      ? pieces + frozenPieces : gradientBuckets.buckets + shifted(frozenBuckets?.buckets)
    frozenSum = try sum(weights, frozenPieces)
    updatedSum = try sum(weights, pieces) &+ frozenSum
  }

  /// Takes the checksum of the owned weights as an update has left them.
  mutating func note(_ updatedSum: UInt64) { self.updatedSum = updatedSum &+ frozenSum }

  /// The checksums that this rank sends to the others: of what it updated, and of what it computed with.
  ///
  /// It waits for weights that are still on their way, as they may be on a rank without micro-batches.
  ///
  /// - Throws: `ThreadError` if the system grants no thread, or what has ended the communication.
  func sums(
    of weights: FloatBuffer, _ arriving: ArrivingWeights
  ) throws -> (updated: UInt64, used: UInt64) {
    try arriving.wait()
    return (updatedSum, try sum(weights, used))
  }

  /// The ranks that computed with other weights than the updates had left.
  func wrongRanks(_ reports: [RankReport]) -> [Int] {
    let whole = reports.reduce(0) { $0 &+ $1.updatedSum }
    return reports.indices.filter {
      reports[$0].usedSum != (isShared ? reports[$0].updatedSum : whole)
    }
  }

  /// The checksum of `ranges` together.
  private func sum(_ weights: FloatBuffer, _ ranges: [Range<Int>]) throws -> UInt64 {
    let total = Mutex<UInt64>(0)
    try concurrently(threads) { [threads] thread in
      var sum: UInt64 = 0
      for index in stride(from: thread, to: ranges.count, by: threads) {
        sum &+= GradientBuckets.checksum(weights, ranges[index])
      }
      total.withLock { [sum] in $0 &+= sum }
    }
    return total.withLock { $0 }
  }
}
