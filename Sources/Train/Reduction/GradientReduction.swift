internal import Comm
internal import Kernels

/// Turns the ranks' sums of one bucket into the owners' pieces of the global sum, and the owners'
/// weights into everybody's.
///
/// Called for one bucket after the other, on the communication thread of every rank.
protocol GradientReduction: Sendable {
  /// Exchanges `bucket`.
  ///
  /// - Parameters:
  ///   - bucket: the number of the bucket, the same on all ranks.
  ///   - nodes: for every rank, the tree nodes that its workers could add up.
  ///   - buffers: this rank's values of its nodes, each as long as the flat buffer.
  ///   - owned: receives this rank's piece at `start`.
  ///   - start: where the piece begins in `owned`.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  func reduce(
    bucket: Int, nodes: [[TreeNode]], buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws

  /// Gives all ranks the pieces of the weights that their owners have updated.
  ///
  /// - Throws: `MPIError`.
  func gather(_ weights: FloatBuffer, _ communicator: borrowing Communicator) throws
}
