import Foundation
import TestSupport
import Testing

@testable import Train

/// ``ExactnessTests`` exchange in shared memory, as ranks on one host do; here they send messages.
@Suite("Exchange by messages", .tags(.mpi, .slow), .serialized)
struct MessageExchangeTests {
  @Test("Ranks that send messages end with the bits of one process, as those that share memory do")
  func messages() async throws {
    let folder = try TemporaryFolder()
    let configuration = try ExactnessTests.writeConfiguration(folder)
    let reference = try await ExactnessTests.train(configuration, in: folder, ranks: 1, threads: 1)
    for (ranks, threads) in [(2, 1), (3, 2), (4, 1), (5, 1), (8, 2)] {
      let other = try await ExactnessTests.train(
        configuration, in: folder, ranks: ranks, threads: threads, ["train.shared_memory=false"])
      #expect(other.run == reference.run, "\(ranks) ranks × \(threads) threads")
    }
  }
}
