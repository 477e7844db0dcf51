internal import Comm
internal import Kernels

/// The reduction whose bits do not depend on the number of ranks.
///
/// Every rank sends each owner its node sums of that owner's piece; the owner finishes the canonical
/// tree. Only whole nodes travel, so the additions are the same pairs in any world. Where one node a
/// rank remains, the traffic is that of a ring's reduce-scatter.
///
/// Messages leave straight from the gradients and arrive in a buffer of their bucket; while those of
/// one bucket are added up, those of the next ones travel.
final class OrderedReduction: GradientReduction {
  private let gradientBuckets: GradientBuckets
  private let leaves: Int
  private let received = StagingBuffers()

  /// A reduction over the tree of `leaves` micro-batches.
  init(gradientBuckets: GradientBuckets, leaves: Int) {
    self.gradientBuckets = gradientBuckets
    self.leaves = leaves
  }

  func reduce(
    bucket: Int, nodes: [[TreeNode]], buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    let rank = communicator.rank
    precondition(
      nodes[rank].count == buffers.count, "\(buffers.count) buffers of \(nodes[rank].count) nodes")
    let own = gradientBuckets.piece(of: bucket, rank: rank)
    let others = nodes.indices.reduce(0) { $0 + ($1 == rank ? 0 : nodes[$1].count) }
    let staging = received.take(others * own.count)

    var receiving: [Message] = []
    var places: [TreeSum.Place] = []
    for (sender, nodes) in nodes.enumerated() {
      for number in nodes.indices {
        if sender == rank {
          places.append(TreeSum.Place(buffer: buffers[number], start: own.lowerBound))
        } else if !own.isEmpty {
          let lower = receiving.count * own.count
          receiving.append(staging.message(lower..<lower + own.count, with: sender))
          places.append(TreeSum.Place(buffer: staging, start: lower))
        }
      }
    }
    let sending = communicator.peers.flatMap { peer in
      let piece = gradientBuckets.piece(of: bucket, rank: peer)
      return piece.isEmpty ? [] : buffers.map { $0.message(piece, with: peer) }
    }
    return try communicator.exchange(sending: sending, receiving: receiving) {
      [leaves, received, places] in
      if !own.isEmpty {
        TreeSum(nodes: nodes.flatMap { $0 }, leaves: leaves)
          .add(places, count: own.count, into: owned, at: start)
      }
      received.give(staging)
    }
  }

  var streamsWeights: Bool { true }

  func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    try gradientBuckets.gather(buckets, of: weights, communicator, then: arrived)
  }
}
