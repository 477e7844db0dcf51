import Foundation
import RunSupport
import TestSupport
import Testing

/// Runs that are killed, and must end like an undisturbed one.
@Suite("Kills", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct KillTests {
  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  @Test("Killed at any step and resumed on other numbers of ranks, it ends with the same bits")
  func killed() async throws {
    let reference = try await runs.reference()
    let worlds = [(3, 1), (1, 2), (5, 1), (2, 2), (8, 1)]
    for (number, step) in [1, 8, 15, 22, 31].enumerated() {
      let (ranks, threads) = worlds[number]
      let run = try runs.startStopping(
        inStep: step, rank: step % ranks, "killed", ranks: ranks == 1 ? nil : ranks,
        ["--threads", "\(threads)"])
      kill(try await run.stoppedProcess(), SIGKILL)
      let ended = try await run.finish()
      #expect(ended.exitCode == 128 + SIGKILL, "\(ended.standardError)")
    }
    let last = try await runs.train("killed", ranks: 4)
    #expect(last.exitCode == 0, "\(last.standardError)")
    #expect(last.standardOutput.contains("resumed after step"))
    #expect(try runs.finished("killed") == reference)
  }
}
