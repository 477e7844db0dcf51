import Comm
import Kernels
import Optimization
import Reduction
import Synchronization
import Threading

/// Finds weights that have changed in a rank's memory without an update.
///
/// The owners note the checksum of what they have updated. At the end of the next step's computation,
/// before anything is updated, every rank compares the weights that it computed with: its whole
/// replica, or its share of one that ranks of a host have together. Where there is one copy for all ranks, the share is
/// what the rank owns. Frozen weights have no owner, and are divided among the ranks in the same way.
package struct ReplicaCheck {
  /// The ranks that share each copy of the weights.
  private let copies: HostRanks
  /// Whether there is one copy of the weights for all ranks.
  var isShared: Bool { copies.count == 1 && copies.ranks > 1 }
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
  ///   - copies: the ranks that share each copy of the weights.
  ///   - threads: how many threads of this rank compute checksums.
  /// - Throws: `ThreadError` if the system grants no thread.
  init(
    of weights: FloatBuffer, gradientBuckets: GradientBuckets, frozen: Range<Int>, rank: Int,
    copies: HostRanks, threads: Int
  ) throws {
    self.copies = copies
    self.threads = threads
    func share(of place: Int, among ranks: Int, in whole: Range<Int>) -> [Range<Int>] {
      if whole.isEmpty { return [] }
      return GradientBuckets(count: whole.count, bucketElements: 1 << 20, ranks: ranks)
        .pieces(of: place)
        .map { $0.lowerBound + whole.lowerBound..<$0.upperBound + whole.lowerBound }
    }
    let pieces = gradientBuckets.pieces(of: rank)
    let frozenPieces = share(of: rank, among: gradientBuckets.ranks, in: frozen)
    let neighbours = copies.ranges[copies.host(of: rank)].count
    let place = copies.place(of: rank)
    let learning = 0..<(gradientBuckets.buckets.last?.upperBound ?? 0)
    used =
      copies.count == 1
      ? pieces + frozenPieces
      : share(of: place, among: neighbours, in: learning)
        + share(of: place, among: neighbours, in: frozen)
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
    if copies.count == 1 {
      return reports.indices.filter { reports[$0].usedSum != reports[$0].updatedSum }
    }
    let whole = reports.reduce(0) { $0 &+ $1.updatedSum }
    return copies.ranges.filter { ranks in
      reports[ranks].reduce(0) { $0 &+ $1.usedSum } != whole
    }.flatMap { Array($0) }
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
