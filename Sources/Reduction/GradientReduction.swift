package import Comm
package import Kernels

/// Turns the ranks' sums of one bucket into the owners' pieces of the global sum, and the owners'
/// weights into everybody's.
///
/// Called for one bucket after the other, on the communication thread of every rank.
package protocol GradientReduction: Sendable {
  /// Exchanges `bucket`.
  ///
  /// - Parameters:
  ///   - bucket: the number of the bucket, the same on all ranks.
  ///   - tree: what is to be added of the nodes of all ranks; the same for all buckets of a step.
  ///   - buffers: this rank's values of its nodes, each as long as the flat gradient.
  ///   - owned: receives this rank's piece at `start`.
  ///   - start: where the piece begins in `owned`.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: what is still in progress.
  func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange?

  /// Whether weights travel bucket by bucket, so that training may go on with the first to arrive.
  ///
  /// Otherwise `gather(_:of:_:then:)` is called once for all buckets and gives all at once.
  var streamsWeights: Bool { get }

  /// Gives all ranks the pieces of the weights that their owners have updated.
  ///
  /// - Parameters:
  ///   - buckets: the numbers of the buckets.
  ///   - weights: the flat buffer; the one that ranks share, or another that they share, where they do.
  ///   - communicator: the ranks.
  ///   - arrived: called on the communication thread where weights are streamed.
  /// - Throws: `MPIError`.
  /// - Returns: what is still in progress.
  func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange?
}

/// The reduction of a rank alone: its one node is the whole sum, and its weights are everybody's.
package struct LocalReduction: GradientReduction {
  /// The reduction needs nothing.
  package init() {}

  package func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) -> Exchange? {
    precondition(
      communicator.size == 1 && buffers.count == 1,
      "\(buffers.count) sums of \(communicator.size) ranks are not a whole sum")
    return nil
  }

  package var streamsWeights: Bool { false }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) -> Exchange? { nil }
}
