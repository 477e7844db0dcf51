import Foundation
import TestSupport
import Testing

/// Runs that are killed, and must end like an undisturbed one.
@Suite("Kills", .tags(.mpi, .slow), .serialized)
struct KillTests {
  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  @Test("Killed at any step and resumed on other numbers of ranks, it ends with the same bits")
  func killed() async throws {
    // Enough steps that every kill finds the run under way.
    let long = ["--steps", "400"]
    #expect(try await runs.train("reference", long).exitCode == 0)
    let worlds = [(3, 1), (1, 2), (5, 1), (2, 2), (8, 1)]
    for (number, step) in [1, 90, 180, 270, 340].enumerated() {
      let (ranks, threads) = worlds[number]
      let run = try StartedRun(
        executable: "gmlp-train",
        arguments: runs.arguments("killed", ["--threads", "\(threads)"] + long),
        ranks: ranks == 1 ? nil : ranks, deadlineSeconds: 60)
      try await runs.wait(forStep: step, of: "killed")
      if ranks == 1 {
        run.send(SIGKILL)
      } else {
        try run.send(SIGKILL, toRank: step % ranks)
      }
      let ended = try await run.finish()
      #expect(ended.exitCode == 128 + SIGKILL, "\(ended.standardError)")
    }
    let last = try await runs.train("killed", ranks: 4, long)
    #expect(last.exitCode == 0, "\(last.standardError)")
    #expect(last.standardOutput.contains("resumed after step"))
    #expect(try runs.finished("killed", step: 400) == runs.finished("reference", step: 400))
  }
}
