import Reduction
import Testing

@testable import Saving

@Suite("The transfer of a checkpoint")
struct CheckpointTransferTests {
  @Test("The parts of a checkpoint carry every owned element of every other rank once")
  func transfer() {
    let buckets = GradientBuckets(count: 111_376, bucketElements: 20_000, ranks: 4)
    let tensors = [CheckpointTensor.state("exp_avg"), .state("exp_avg_sq"), .average]
    let transfer = CheckpointTransfer(
      gradientBuckets: buckets, tensors: tensors, partElements: 7_001)
    for part in transfer.parts {
      #expect(part.reduce(0) { $0 + $1.owned.count } <= 7_001)
    }
    for rank in 1..<4 {
      for tensor in tensors {
        let elements = transfer.parts.joined()
          .filter { $0.rank == rank && $0.tensor == tensor }.flatMap { Array($0.owned) }
        #expect(elements == Array(0..<buckets.ownedCount(of: rank)))
      }
    }
    #expect(!transfer.parts.joined().contains { $0.rank == 0 })
  }
}
