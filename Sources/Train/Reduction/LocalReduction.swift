internal import Comm
internal import Kernels

/// The reduction of a rank alone: its one node is the whole sum, and its weights are everybody's.
struct LocalReduction: GradientReduction {
  func reduce(
    bucket: Int, nodes: [[TreeNode]], buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) -> Exchange? {
    precondition(
      communicator.size == 1 && buffers.count == 1,
      "\(buffers.count) sums of \(communicator.size) ranks are no whole sum")
    return nil
  }

  var streamsWeights: Bool { false }

  func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) -> Exchange? { nil }
}
