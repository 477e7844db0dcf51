package import Comm
package import Kernels

/// `MPI_Allreduce` of each bucket: for networks that add in hardware.
///
/// MPI chooses the order of additions, so the bits depend on the number of ranks.
package final class PlainReduction: GradientReduction {
  private let gradientBuckets: GradientBuckets
  private let zeros: FloatBuffer

  /// A reduction of the given buckets.
  package init(gradientBuckets: GradientBuckets) {
    self.gradientBuckets = gradientBuckets
    zeros = FloatBuffer(count: gradientBuckets.buckets.map(\.count).max() ?? 0)
  }

  package func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    let range = gradientBuckets.buckets[bucket]
    let own = gradientBuckets.piece(of: bucket, rank: communicator.rank)
    // A rank without micro-batches takes part with zeros.
    let (total, origin) = buffers.first.map { ($0, 0) } ?? (zeros, range.lowerBound)
    if buffers.isEmpty { zeros.zero(0..<range.count) }
    for buffer in buffers.dropFirst() {
      add(buffer, range, to: total, at: range.lowerBound)
    }
    let place = range.lowerBound - origin..<range.upperBound - origin
    try total.withMutableSpan(place) { try communicator.allReduce(&$0, .sum) }
    owned.copy(
      own.lowerBound - origin..<own.upperBound - origin, of: total, to: start)
    return nil
  }

  package var streamsWeights: Bool { true }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    try gradientBuckets.gather(buckets, of: weights, communicator, then: arrived)
  }
}
