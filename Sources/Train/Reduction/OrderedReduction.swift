internal import Comm
internal import Kernels
internal import Synchronization

/// The reduction whose bits do not depend on the number of ranks.
///
/// Every rank sends each owner its node sums of that owner's piece; the owner finishes the canonical
/// tree. Only whole nodes travel, so the additions are the same pairs in any world. Where one node a
/// rank remains, the traffic is that of a ring's reduce-scatter.
final class OrderedReduction: GradientReduction {
  private struct Staging {
    var sent = FloatBuffer(count: 0)
    var received = FloatBuffer(count: 0)
  }

  private let gradientBuckets: GradientBuckets
  private let leaves: Int
  private let staging = Mutex(Staging())

  /// A reduction over the tree of `leaves` micro-batches.
  init(gradientBuckets: GradientBuckets, leaves: Int) {
    self.gradientBuckets = gradientBuckets
    self.leaves = leaves
  }

  func reduce(
    bucket: Int, nodes: [[TreeNode]], buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws {
    let rank = communicator.rank
    precondition(
      nodes[rank].count == buffers.count, "\(buffers.count) buffers of \(nodes[rank].count) nodes")
    let own = gradientBuckets.piece(of: bucket, rank: rank)
    let outgoing = ranges(
      (0..<communicator.size).map {
        buffers.count * gradientBuckets.piece(of: bucket, rank: $0).count
      })
    let incoming = ranges(nodes.map { $0.count * own.count })
    let (sent, received) = staging.withLock { staging in
      staging.sent = Self.grown(staging.sent, to: outgoing.last?.upperBound ?? 0)
      staging.received = Self.grown(staging.received, to: incoming.last?.upperBound ?? 0)
      return (staging.sent, staging.received)
    }
    for (owner, range) in outgoing.enumerated() {
      let piece = gradientBuckets.piece(of: bucket, rank: owner)
      for (number, buffer) in buffers.enumerated() {
        sent.copy(piece, of: buffer, to: range.lowerBound + number * piece.count)
      }
    }
    try sent.withSpan(0..<sent.count) { source in
      try received.withMutableSpan(0..<received.count) { target in
        try communicator.allToAllV(source, pieces: outgoing, into: &target, pieces: incoming)
      }
    }
    let all = nodes.flatMap { $0 }
    TreeSum(nodes: all, leaves: leaves).add(
      all.indices.map { TreeSum.Place(buffer: received, start: $0 * own.count) },
      count: own.count, into: owned, at: start)
  }

  func gather(_ weights: FloatBuffer, _ communicator: borrowing Communicator) throws {
    try gradientBuckets.gather(weights, communicator)
  }

  /// Consecutive ranges of the given lengths.
  private func ranges(_ counts: [Int]) -> [Range<Int>] {
    var lower = 0
    return counts.map { count in
      defer { lower += count }
      return lower..<lower + count
    }
  }

  private static func grown(_ buffer: FloatBuffer, to count: Int) -> FloatBuffer {
    buffer.count >= count ? buffer : FloatBuffer(count: count)
  }
}
