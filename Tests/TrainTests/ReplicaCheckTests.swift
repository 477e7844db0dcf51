import Comm
import Kernels
import Optimization
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
      of: weights, gradientBuckets: buckets, frozen: weights.count..<weights.count, rank: 0,
      copies: HostRanks(counts: [1]), threads: 1)
    let isAsked = Atomic(false)
    let arriving = ArrivingWeights()
    let gather = communication.start { _ in
      // The sum is asked for first; a check that does not wait for the weights gets old ones.
      while !isAsked.load(ordering: .acquiring) {}
      weights.withMutableSpan(0..<weights.count) { $0[5_000] = 3 }
    }
    arriving.expect(0..<weights.count, gather)
    let before = check.wholeSum(weights)
    isAsked.store(true, ordering: .releasing)
    let sums = try check.sums(of: weights, arriving)
    #expect(sums.used == check.wholeSum(weights) && sums.used != before)
    try communication.finalize()
  }

  @Test(
    "A flipped bit is found anywhere, frozen or not",
    arguments: [[1, 1, 1], [3], [1, 2], [2, 1]])
  func everywhere(copies: [Int]) throws {
    let weights = FloatBuffer(count: 3 * 4_096 + 10_000)
    let (learning, frozen) = (0..<9_000, 3 * 4_096..<weights.count)
    let (hosts, ranks) = (HostRanks(counts: copies), 3)
    let buckets = GradientBuckets(count: learning.count, bucketElements: 4_096, ranks: ranks)
    let checks = try (0..<ranks).map {
      try ReplicaCheck(
        of: weights, gradientBuckets: buckets, frozen: frozen, rank: $0, copies: hosts,
        threads: 2)
    }
    func wrongRanks() throws -> [Int] {
      let reports = try checks.map { check in
        var report = RankReport(computeSeconds: [1])
        (report.updatedSum, report.usedSum) = try check.sums(of: weights, ArrivingWeights())
        return report
      }
      return checks[0].wrongRanks(reports)
    }
    #expect(try wrongRanks().isEmpty)
    for element in [0, 8_999, frozen.lowerBound, weights.count - 1] {
      weights.turnBit(at: element)
      // All copies are the same buffer here: of the only one, each rank looks at its own part.
      #expect(try wrongRanks().count == (copies == [3] ? 1 : ranks), "element \(element)")
      weights.turnBit(at: element)
    }
    #expect(try wrongRanks().isEmpty)
  }
}

extension ReplicaCheck {
  /// The checksum of all weights as they are now.
  fileprivate func wholeSum(_ weights: FloatBuffer) -> UInt64 {
    GradientBuckets.checksum(weights, 0..<weights.count)
  }
}
