import RunSupport
import Testing

@Suite("Shared memory", .serialized, .timeLimit(.minutes(60)))
struct SharedMemoryTests {
  @Test("Ranks read what others have written, and wait for each other", arguments: rankCounts)
  func sharing(ranks: Int) async throws {
    try await expectPassed(["shared-memory", "shared-synchronize"], ranks: ranks)
  }

  @Test("With one rank it is ordinary memory")
  func alone() async throws {
    try await expectPassed(["shared-memory", "shared-synchronize"], ranks: nil)
  }

  @Test("All ranks learn why one cannot share, and continue", arguments: [2, 3, 5, 8], [0, 1])
  func refusal(ranks: Int, by rank: Int) async throws {
    try await expectPassed(["shared-refused"], ranks: ranks, options: ["--argument", "\(rank)"])
  }

  @Test("A rank that dies or gives up ends the ranks that wait for it", arguments: [2, 5])
  func endings(ranks: Int) async throws {
    let killed = try await MPIRun(
      executable: "MPIChecks", arguments: ["--argument", "0", "shared-killed"], ranks: ranks)
    #expect(killed.exitCode == 128 + 9, "\(killed.standardError)")
    let aborted = try await MPIRun(
      executable: "MPIChecks", arguments: ["--argument", "74", "shared-abort"], ranks: ranks)
    #expect(aborted.exitCode == 74, "\(aborted.standardError)")
    #expect(aborted.standardError.contains("the last rank gives up"))
  }
}
