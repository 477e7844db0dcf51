package import Kernels
import Synchronization

/// The sums of one step's gradients on this rank: the workers' nodes become the rank's nodes.
///
/// Each worker adds its own micro-batches as far as the canonical tree allows. While it goes
/// backward through its last one, bucket after bucket becomes final; the worker that is the last to
/// finish a bucket adds what several workers' nodes allow and hands the bucket on.
package final class RankAccumulator: Sendable {
  /// What a worker contributes: its nodes, and the additions that its last micro-batch still needs.
  package struct Contribution: Sendable {
    package var nodes: [TreeNode] = []
    package var buffers: [FloatBuffer] = []
    package var lastAdditions: [ReductionTree<FloatBuffer>.Addition] = []

    /// What a worker contributes that has no micro-batch.
    package init() {}

    /// What a worker contributes.
    package init(
      nodes: [TreeNode], buffers: [FloatBuffer],
      lastAdditions: [ReductionTree<FloatBuffer>.Addition]
    ) {
      self.nodes = nodes
      self.buffers = buffers
      self.lastAdditions = lastAdditions
    }
  }

  private struct State {
    var contributions: [Contribution]
    /// Buckets that each worker has finished.
    var finishedBuckets: [Int]
    /// Buckets that all workers have finished.
    var completeBuckets = 0
    var additions: [ReductionTree<FloatBuffer>.Addition]?
    var nodes: [TreeNode] = []
    var buffers: [FloatBuffer] = []
  }

  private let buckets: [Range<Int>]
  private let leaves: Int
  private let state: Mutex<State>
  private let bucketIsComplete: @Sendable (Int, [FloatBuffer]) -> Void

  /// A sum of `workers` workers' shares of `leaves` micro-batches.
  ///
  /// `bucketIsComplete` gets the number of each bucket, in order, with the buffers of the rank's
  /// nodes from left to right.
  package init(
    workers: Int, leaves: Int, buckets: [Range<Int>],
    bucketIsComplete: @escaping @Sendable (Int, [FloatBuffer]) -> Void
  ) {
    self.buckets = buckets
    self.leaves = leaves
    self.bucketIsComplete = bucketIsComplete
    state = Mutex(
      State(
        contributions: Array(repeating: Contribution(), count: workers),
        finishedBuckets: Array(repeating: 0, count: workers)))
  }

  /// Announces what `worker` contributes, before any of its buckets is finished.
  package func register(_ contribution: Contribution, of worker: Int) {
    state.withLock { $0.contributions[worker] = contribution }
  }

  /// Takes note that the elements 0..<`count` of `worker`'s last micro-batch are final.
  package func advance(worker: Int, to count: Int) {
    var next = state.withLock { $0.finishedBuckets[worker] }
    while next < buckets.count && buckets[next].upperBound <= count {
      let lastAdditions = state.withLock { $0.contributions[worker].lastAdditions }
      Self.perform(lastAdditions, in: buckets[next])
      next += 1
      state.withLock { finish(bucket: next - 1, of: worker, &$0) }
    }
  }

  /// The rank's nodes from left to right, once all buckets are complete.
  package var nodes: [TreeNode] { state.withLock { $0.nodes } }

  /// The buffers of the rank's nodes, once all buckets are complete.
  package var buffers: [FloatBuffer] { state.withLock { $0.buffers } }

  /// Gives the buffers of all nodes back, once nobody reads them any more.
  package func release(to pool: GradientPool) {
    let buffers = state.withLock { state in
      defer { state.contributions = [] }
      return state.contributions.flatMap(\.buffers)
    }
    for buffer in buffers { pool.give(buffer) }
  }

  /// Hands a bucket on under the lock: buckets are queued in their order, on every rank.
  private func finish(bucket: Int, of worker: Int, _ state: inout State) {
    state.finishedBuckets[worker] = bucket + 1
    guard state.finishedBuckets.allSatisfy({ $0 > state.completeBuckets }) else { return }
    let additions = state.additions ?? combine(&state)
    Self.perform(additions, in: buckets[state.completeBuckets])
    bucketIsComplete(state.completeBuckets, state.buffers)
    state.completeBuckets += 1
  }

  private func combine(
    _ state: inout State
  ) -> [ReductionTree<FloatBuffer>.Addition] {
    var sum = ReductionTree<FloatBuffer>(leaves: leaves)
    var additions: [ReductionTree<FloatBuffer>.Addition] = []
    for contribution in state.contributions {
      for (node, buffer) in zip(contribution.nodes, contribution.buffers) {
        additions += sum.push(node, buffer)
      }
    }
    state.additions = additions
    state.nodes = sum.nodes
    state.buffers = sum.values
    return additions
  }

  private static func perform(
    _ additions: [ReductionTree<FloatBuffer>.Addition], in range: Range<Int>
  ) {
    for addition in additions {
      add(addition.source, range, to: addition.target, at: range.lowerBound)
    }
  }
}
