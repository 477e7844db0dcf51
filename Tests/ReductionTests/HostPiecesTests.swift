import Comm
import Testing

@testable import Reduction

@Suite("Pieces of hosts")
struct HostPiecesTests {
  private static let block = GradientBuckets.blockLength

  @Test(
    "Every element is owned once, in the order of ranks, at least a message a piece",
    arguments: [[1, 1], [2, 2], [4, 4, 4], [8, 8], [1, 3, 2], [7, 1, 1, 4]],
    [16, 111_376, 1_000_000, 5_000_003])
  func cover(counts: [Int], count: Int) {
    let hosts = HostRanks(counts: counts)
    for bucketElements in [1, 300_000, 2_000_000] {
      let buckets = GradientBuckets(count: count, bucketElements: bucketElements, hosts: hosts)
      #expect(buckets.ranks == hosts.ranks)
      var next = 0
      for bucket in buckets.buckets.indices {
        #expect(buckets.buckets[bucket].lowerBound == next)
        for rank in 0..<hosts.ranks {
          let piece = buckets.piece(of: bucket, rank: rank)
          #expect(piece.lowerBound == next)
          #expect(piece.isEmpty || piece.lowerBound % Self.block == 0)
          let isWhole = bucket < buckets.buckets.count - 1
          let least = GradientBuckets.leastMessageBlocks * Self.block
          #expect(!isWhole || piece.isEmpty || piece.count >= least, "\(piece) of \(bucket)")
          next = piece.upperBound
        }
        #expect(buckets.buckets[bucket].upperBound == next)
      }
      #expect(next == count)
    }
  }

  @Test(
    "A host owns as much whatever the number of its ranks, and sends G·(H−1)/H each way",
    arguments: [1, 2, 4, 8], [2, 3, 8])
  func traffic(ranks: Int, hostCount: Int) {
    let hosts = HostRanks(counts: Array(repeating: ranks, count: hostCount))
    let blocks = 48 * hostCount
    let count = 5 * blocks * Self.block
    let buckets = GradientBuckets(
      count: count, bucketElements: blocks * Self.block, hosts: hosts)
    for host in 0..<hostCount {
      var (gradients, weights) = (0, 0)
      for other in hosts.others(than: host) {
        // One node of each piece of the other host, by the partner of its owner.
        gradients += hosts.ranges[other].reduce(0) { $0 + buckets.ownedCount(of: $1) }
        weights += hosts.ranges[host].reduce(0) { $0 + buckets.ownedCount(of: $1) }
      }
      #expect(gradients == count / hostCount * (hostCount - 1))
      #expect(weights == count / hostCount * (hostCount - 1))
    }
  }

  @Test("Where a host's part of a bucket is one message, its ranks take turns")
  func turns() {
    let hosts = HostRanks(counts: [4, 4])
    let blocks = 2 * GradientBuckets.leastMessageBlocks
    let buckets = GradientBuckets(
      count: 8 * blocks * Self.block, bucketElements: 1, hosts: hosts)
    #expect(buckets.buckets.count == 8)
    for bucket in buckets.buckets.indices {
      let owners = (0..<8).filter { !buckets.piece(of: bucket, rank: $0).isEmpty }
      #expect(owners.map { hosts.host(of: $0) } == [0, 1])
    }
    #expect(Set((0..<8).map(buckets.ownedCount)) == [blocks * Self.block])
  }

  @Test("Ranks on one host divide buckets as they always did")
  func oneHost() {
    let plain = GradientBuckets(count: 1_000_000, bucketElements: 100_000, ranks: 5)
    let hosts = GradientBuckets(
      count: 1_000_000, bucketElements: 100_000, hosts: HostRanks(counts: [5]))
    #expect(plain == hosts)
    #expect(plain.buckets.count > 10)
    for bucket in plain.buckets.indices {
      let range = plain.buckets[bucket]
      let blocks = (range.count + Self.block - 1) / Self.block
      for rank in 0..<5 {
        let lower = min(range.lowerBound + blocks * rank / 5 * Self.block, range.upperBound)
        #expect(plain.piece(of: bucket, rank: rank).lowerBound == lower)
      }
    }
  }

  @Test(
    "What a host computes is made of whole nodes, few of them, under any cut that relief makes",
    arguments: [8, 24, 100])
  func nodes(leaves: Int) {
    for border in 1..<leaves {
      for range in [0..<border, border..<leaves] {
        let nodes = ReductionTree<Void>.nodes(covering: range, leaves: leaves)
        #expect(nodes.first?.lower == range.lowerBound && nodes.last?.upper == range.upperBound)
        #expect(nodes.count <= 2 * (Int.bitWidth - leaves.leadingZeroBitCount))
      }
    }
  }
}
