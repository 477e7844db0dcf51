import Testing

@testable import Reduction

@Suite("Gradient buckets")
struct GradientBucketsTests {
  @Test(
    "Buckets and pieces cover every element once, cut at blocks",
    arguments: [16, 4_096, 4_112, 111_376, 1_000_000], [1, 2, 3, 5, 8])
  func cover(count: Int, ranks: Int) {
    for bucketElements in [1, 5_000, 100_000, 10_000_000] {
      let buckets = GradientBuckets(count: count, bucketElements: bucketElements, ranks: ranks)
      var next = 0
      for bucket in buckets.buckets.indices {
        #expect(buckets.buckets[bucket].lowerBound == next)
        for rank in 0..<ranks {
          let piece = buckets.piece(of: bucket, rank: rank)
          #expect(piece.lowerBound == next)
          #expect(piece.isEmpty || piece.lowerBound % GradientBuckets.blockLength == 0)
          next = piece.upperBound
        }
        #expect(buckets.buckets[bucket].upperBound == next)
      }
      #expect(next == count)
      #expect((0..<ranks).reduce(0) { $0 + buckets.ownedCount(of: $1) } == count)
    }
  }

  @Test("Owned elements map to the flat ranges that they came from")
  func flatRanges() {
    let buckets = GradientBuckets(count: 111_376, bucketElements: 20_000, ranks: 3)
    for rank in 0..<3 {
      let owned = buckets.ownedCount(of: rank)
      let elements = buckets.pieces(of: rank).flatMap(Array.init)
      #expect(elements.count == owned)
      let mapped = buckets.flatRanges(of: 0..<owned, rank: rank)
      #expect(mapped.flatMap { Array($0.flat) } == elements)
      let middle = buckets.flatRanges(of: owned / 3..<owned / 2, rank: rank)
      #expect(middle.flatMap { Array($0.flat) } == Array(elements[owned / 3..<owned / 2]))
      #expect(middle.first?.owned == owned / 3)
    }
  }
}
