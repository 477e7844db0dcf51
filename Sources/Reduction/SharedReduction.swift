package import Comm
package import Kernels

/// The reduction of ranks on one host, whose bits are those of ``OrderedReduction``.
///
/// Nothing is packed or sent: an owner reads the node sums of all ranks where they are and finishes
/// the reduction tree. The weights are there once, so that an owner's update is everybody's.
package final class SharedReduction: GradientReduction {
  private let gradientBuckets: GradientBuckets
  private let buffers: SharedBuffers

  /// A reduction of the given buckets, whose sums and weights lie in `buffers`.
  package init(gradientBuckets: GradientBuckets, buffers: SharedBuffers) {
    self.gradientBuckets = gradientBuckets
    self.buffers = buffers
  }

  package func reduce(
    bucket: Int, _ tree: TreeReducer, buffers own: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    let rank = communicator.rank
    tree.requireNodes(own.count, of: rank)
    // The same buffers hold the nodes in all buckets of a step.
    if bucket == 0 { buffers.announce(own) }
    try buffers.memory.synchronize(communicator)
    let piece = gradientBuckets.piece(of: bucket, rank: rank)
    if !piece.isEmpty {
      let places = buffers.announced(counts: tree.nodes.map(\.count)).map {
        TreeReducer.Place(buffer: $0, start: piece.lowerBound)
      }
      tree.add(places, count: piece.count, into: owned, at: start)
    }
    // After the last bucket the buffers may change: they are no longer read.
    if bucket == gradientBuckets.buckets.count - 1 {
      try buffers.memory.synchronize(communicator)
    }
    return nil
  }

  package var streamsWeights: Bool { false }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    buffers.requireShared(weights)
    try buffers.memory.synchronize(communicator)
    return nil
  }
}
