package import Comm
package import Kernels

/// The reduction of a rank alone: its one node is the whole sum, and its weights are everybody's.
package struct LocalReduction: GradientReduction {
  /// The reduction needs nothing.
  package init() {}

  package func reduce(
    bucket: Int, nodes: [[TreeNode]], buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) -> Exchange? {
    precondition(
      communicator.size == 1 && buffers.count == 1,
      "\(buffers.count) sums of \(communicator.size) ranks are no whole sum")
    return nil
  }

  package var streamsWeights: Bool { false }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) -> Exchange? { nil }
}
