package import Kernels
import Synchronization

/// The sums of one step's gradients on this rank: the workers' nodes become the rank's nodes.
///
/// All additions inside of a rank happen here, bucket by bucket while gradients become final. A worker
/// adds its own micro-batches as far as the reduction tree allows. As soon as a bucket of its last ones is
/// final on all workers, the one that is the last to finish it adds what several workers' nodes allow,
/// and hands the bucket on.
package final class RankAccumulator: Sendable {
  /// The gradients of one worker.
  private struct Share {
    var tree: ReductionTree<FloatBuffer>
    /// What the gradients under way make possible.
    var additions: [ReductionTree<FloatBuffer>.Addition] = []
    /// Buckets in which that is done.
    var finishedBuckets = 0
    /// Whether no micro-batch follows, so that finished buckets are the worker's whole sums.
    var isLast = false
  }

  private struct State {
    var shares: [Share]
    /// Buckets that all workers have finished.
    var completeBuckets = 0
    var additions: [ReductionTree<FloatBuffer>.Addition]?
    var nodes: [TreeNode] = []
    var buffers: [FloatBuffer] = []
  }

  private let buckets: [Range<Int>]
  private let microBatches: Int
  private let state: Mutex<State>
  private let bucketIsComplete: @Sendable (Int, [FloatBuffer]) -> Void

  /// A sum of `workers` workers' shares of a step of `microBatches`.
  ///
  /// `bucketIsComplete` gets the number of each bucket, in order, with the buffers of the rank's
  /// nodes from left to right.
  package init(
    workers: Int, microBatches: Int, buckets: [Range<Int>],
    bucketIsComplete: @escaping @Sendable (Int, [FloatBuffer]) -> Void
  ) {
    self.buckets = buckets
    self.microBatches = microBatches
    self.bucketIsComplete = bucketIsComplete
    let empty = Share(tree: ReductionTree(leaves: microBatches))
    state = Mutex(State(shares: Array(repeating: empty, count: workers)))
  }

  /// Announces the gradients that `worker` computes next, before any of their elements is final.
  ///
  /// - Parameters:
  ///   - group: the micro-batches that it computes at once; empty for a worker that has none.
  ///   - gradients: a buffer for each of them.
  ///   - isLast: whether none follows in this step.
  ///   - worker: its number in the rank.
  package func begin(
    _ group: Range<Int>, _ gradients: [FloatBuffer], isLast: Bool, of worker: Int
  ) {
    precondition(
      group.count == gradients.count, "\(gradients.count) gradients of \(group.count) micro-batches"
    )
    state.withLock { state in
      var share = state.shares[worker]
      share.additions = zip(group, gradients).flatMap {
        share.tree.push(TreeNode(leaf: $0), $1)
      }
      share.finishedBuckets = 0
      share.isLast = isLast
      state.shares[worker] = share
    }
  }

  /// Takes note that the elements 0..<`count` of all gradients that `worker` has begun are final.
  package func advance(worker: Int, to count: Int) {
    let (additions, finished) = state.withLock {
      ($0.shares[worker].additions, $0.shares[worker].finishedBuckets)
    }
    for bucket in buckets[finished...].indices {
      if buckets[bucket].upperBound > count { return }
      Self.perform(additions, in: buckets[bucket])
      state.withLock { finish(bucket: bucket, of: worker, &$0) }
    }
  }

  /// Gives back the gradients of `worker` that were added to others.
  package func end(worker: Int, freeing pool: GradientPool) {
    let additions = state.withLock { state in
      let finished = state.shares[worker].finishedBuckets
      precondition(
        finished == buckets.count, "gradients ended after \(finished) of \(buckets.count) buckets")
      defer { state.shares[worker].additions = [] }
      return state.shares[worker].additions
    }
    for addition in additions { pool.give(addition.source) }
  }

  /// The rank's nodes from left to right, once all buckets are complete.
  package var nodes: [TreeNode] { state.withLock { $0.nodes } }

  /// The buffers of the rank's nodes, once all buckets are complete.
  package var buffers: [FloatBuffer] { state.withLock { $0.buffers } }

  /// Returns the buffers of all nodes, once they are no longer read.
  package func release(to pool: GradientPool) {
    let buffers = state.withLock { state in
      defer { state.shares = [] }
      return state.shares.flatMap(\.tree.values)
    }
    for buffer in buffers { pool.give(buffer) }
  }

  /// Hands a bucket on that all workers have finished.
  ///
  /// Under the lock, so that buckets are queued in their order, the same on every rank. Workers that finish a
  /// bucket meanwhile wait as long as the additions of one bucket take.
  private func finish(bucket: Int, of worker: Int, _ state: inout State) {
    state.shares[worker].finishedBuckets = bucket + 1
    let isComplete = state.shares.allSatisfy {
      $0.isLast && $0.finishedBuckets > state.completeBuckets
    }
    guard isComplete else { return }
    let additions = state.additions ?? combine(&state)
    Self.perform(additions, in: buckets[state.completeBuckets])
    bucketIsComplete(state.completeBuckets, state.buffers)
    state.completeBuckets += 1
  }

  /// Joins the workers' nodes, whose additions are the same for every bucket.
  private func combine(
    _ state: inout State
  ) -> [ReductionTree<FloatBuffer>.Addition] {
    var sum = ReductionTree<FloatBuffer>(leaves: microBatches)
    var additions: [ReductionTree<FloatBuffer>.Addition] = []
    for share in state.shares {
      for (node, buffer) in zip(share.tree.nodes, share.tree.values) {
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
