internal import Kernels

/// Finds weights that have changed in a rank's memory although nobody updated them.
///
/// The owners note the checksum of what they have updated. At the end of the next step's computation,
/// before anything is updated, every rank compares the weights that it computed with: its whole
/// replica, or where all ranks share the weights the part that it owns.
struct ReplicaCheck {
  private let gradientBuckets: GradientBuckets
  private let rank: Int
  /// Whether there is one copy of the weights for all ranks.
  let isShared: Bool
  /// The checksum of the owned weights as they were updated.
  private var updatedSum: UInt64 = 0

  /// A check for `rank`, before the weights are there.
  init(gradientBuckets: GradientBuckets, rank: Int, isShared: Bool) {
    self.gradientBuckets = gradientBuckets
    self.rank = rank
    self.isShared = isShared
  }

  /// Takes note of the owned weights, which are right now.
  mutating func note(_ weights: FloatBuffer) { updatedSum = ownedSum(weights) }

  /// What this rank tells the others of the weights that it has computed with.
  func sums(of weights: FloatBuffer) -> (updated: UInt64, used: UInt64) {
    (updatedSum, isShared ? ownedSum(weights) : sum(weights, 0..<weights.count))
  }

  /// The ranks whose weights are not those that were updated.
  func wrongRanks(_ notes: [RankNote]) -> [Int] {
    let whole = notes.reduce(0) { $0 &+ $1.updatedSum }
    return notes.indices.filter { notes[$0].usedSum != (isShared ? notes[$0].updatedSum : whole) }
  }

  private func ownedSum(_ weights: FloatBuffer) -> UInt64 {
    gradientBuckets.pieces(of: rank).reduce(0) { $0 &+ sum(weights, $1) }
  }

  private func sum(_ weights: FloatBuffer, _ range: Range<Int>) -> UInt64 {
    checksum(weights, range, blockLength: GradientBuckets.blockLength)
  }
}
