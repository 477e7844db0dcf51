import Reduction

/// How the owners' tensors travel to rank zero: in parts of limited size, in a fixed order.
///
/// A function of the cut of the buffer alone, so that all ranks know which part is next.
package struct CheckpointTransfer: Sendable {
  /// Elements that one rank sends.
  struct Piece: Sendable, Equatable {
    let rank: Int
    let tensor: CheckpointTensor
    /// The range among the elements that the rank owns.
    let owned: Range<Int>
  }

  /// 64 MB of floats: what rank zero holds of other ranks' tensors at once.
  package static let partElements = 16_000_000

  /// What travels at once.
  let parts: [[Piece]]

  /// The parts of the given groups that other ranks than zero own.
  init(
    gradientBuckets: GradientBuckets, tensors: [CheckpointTensor],
    partElements: Int = CheckpointTransfer.partElements
  ) {
    var parts: [[Piece]] = []
    var room = 0
    for rank in 1..<max(gradientBuckets.ranks, 1) {
      let count = gradientBuckets.ownedCount(of: rank)
      for tensor in tensors {
        var lower = 0
        while lower < count {
          if room == 0 {
            parts.append([])
            room = partElements
          }
          let upper = min(lower + room, count)
          parts[parts.count - 1].append(Piece(rank: rank, tensor: tensor, owned: lower..<upper))
          room -= upper - lower
          lower = upper
        }
      }
    }
    self.parts = parts
  }
}
