import Comm
import Kernels
import Synchronization
import Testing

@testable import Reduction
@testable import Train

@Suite("Compared weights")
struct ReplicaCheckTests {
  @Test("Weights that are still on their way to an idle rank are waited for before they are summed")
  func arriving() throws {
    let communication = try CommunicationThread(LaunchEnvironment { _ in nil }, computeThreads: 1)
    let weights = FloatBuffer(count: 10_000)
    let buckets = GradientBuckets(count: weights.count, bucketElements: 4_096, ranks: 1)
    let check = try ReplicaCheck(
      of: weights, gradientBuckets: buckets, rank: 0, isShared: false, threads: 1)
    let isAsked = Atomic(false)
    let arriving = ArrivingWeights()
    let gather = communication.start { _ in
      // The sum is asked for first; a check that does not wait for the weights gets old ones.
      while !isAsked.load(ordering: .acquiring) {}
      weights.withMutableSpan(0..<weights.count) { $0[5_000] = 3 }
    }
    arriving.expect(from: 0, gather)
    let before = check.wholeSum(weights)
    isAsked.store(true, ordering: .releasing)
    let sums = try check.sums(of: weights, arriving)
    #expect(sums.used == check.wholeSum(weights) && sums.used != before)
    try communication.finalize()
  }
}

extension ReplicaCheck {
  /// The checksum of all weights as they are now.
  fileprivate func wholeSum(_ weights: FloatBuffer) -> UInt64 {
    GradientBuckets.checksum(weights, 0..<weights.count)
  }
}
