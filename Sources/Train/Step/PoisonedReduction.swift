import Comm
import Kernels
import Reduction
import Supervision

/// A reduction of a rank whose gradient becomes NaN in the steps of an injected fault.
///
/// It wraps the run's own reduction where such a fault is asked for. So the step itself knows nothing of faults.
struct PoisonedReduction: GradientReduction {
  private let reduction: any GradientReduction
  private let gradientBuckets: GradientBuckets
  private let activity: RankActivity

  /// `reduction`, with the faults of `activity`.
  init(
    _ reduction: any GradientReduction, of gradientBuckets: GradientBuckets,
    _ activity: RankActivity
  ) {
    self.reduction = reduction
    self.gradientBuckets = gradientBuckets
    self.activity = activity
  }

  func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    if bucket == 0 && activity.poisonsGradient {
      buffers.first?.poison(at: gradientBuckets.buckets[0].lowerBound)
    }
    return try reduction.reduce(
      bucket: bucket, tree, buffers: buffers, into: owned, at: start, communicator)
  }

  var streamsWeights: Bool { reduction.streamsWeights }

  func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    try reduction.gather(buckets, of: weights, communicator, then: arrived)
  }
}

extension FloatBuffer {
  /// Makes the element at `index` NaN, as a fault would.
  func poison(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = .nan }
  }
}
