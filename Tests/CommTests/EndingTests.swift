import Foundation
import Glibc
import RunSupport
import Testing

@Suite("Endings", .serialized, .timeLimit(.minutes(60)))
struct EndingTests {
  @Test("An error that all ranks see is printed once and sets the exit code", arguments: 1...8)
  func together(ranks: Int) async throws {
    let run = try await check("end-together", argument: 65, ranks: ranks)
    #expect(run.exitCode == 65, "\(run.standardError)")
    #expect(lines(run.standardError) == ["gmlp-train: all ranks see this"])
    #expect(run.standardOutput.split(separator: "\n").count == ranks, "each rank says goodbye")
  }

  @Test("Runs end the same way without a launcher", arguments: ["end-together", "abort-stuck"])
  func alone(name: String) async throws {
    let run = try await check(name, argument: 65, ranks: nil)
    #expect(run.exitCode == 65)
    let cause = name == "end-together" ? "all ranks see this" : "the last rank gives up"
    #expect(run.standardError == "gmlp-train: \(cause)\n")
  }

  @Test(
    "A rank that gives up ends all ranks with one line and its exit code",
    arguments: ["abort-free", "abort-stuck"], rankCounts)
  func abort(name: String, ranks: Int) async throws {
    let run = try await check(name, argument: 74, ranks: ranks)
    #expect(run.exitCode == 74, "\(run.standardError)")
    let told = lines(run.standardError)
    #expect(told.count == 1, "\(run.standardError)")
    #expect(told.allSatisfy { $0.hasSuffix("the last rank gives up") })
    if ranks > 1 {
      #expect(told.allSatisfy { $0.hasPrefix("gmlp-train: rank \(ranks - 1) on ") })
    }
  }

  @Test("Ranks that give up at the same time print at most one line each", arguments: [2, 5])
  func abortEverywhere(ranks: Int) async throws {
    let run = try await check("abort-everywhere", argument: 70, ranks: ranks)
    #expect(run.exitCode == 70, "\(run.standardError)")
    let told = linesOfProgram(run.standardError)
    #expect((1...ranks).contains(told.count), "\(run.standardError)")
    #expect(Set(told).count == told.count)
  }

  @Test(
    "Ranks that disagree on a count end with an error that says so", arguments: [2, 3, 5],
    [
      (sent: 0, words: "sent 0 elements instead of 3"), (sent: 2, words: "sent 2 elements instead"),
      (sent: 5, words: "MPI_ERR_TRUNCATE"),
    ])
  func wrongCounts(ranks: Int, wrong: (sent: Int, words: String)) async throws {
    let run = try await check("wrong-counts", argument: wrong.sent, ranks: ranks)
    #expect(run.exitCode == 70, "\(run.standardError)")
    let told = linesOfProgram(run.standardError)
    #expect(!told.isEmpty && told.allSatisfy { $0.contains(wrong.words) }, "\(run.standardError)")
  }

  @Test(
    "A killed rank ends all ranks; mpirun exits with 128 + the signal", arguments: [2, 5], [0, 1])
  func killed(ranks: Int, rank: Int) async throws {
    let run = try await check("killed", argument: rank, ranks: ranks)
    #expect(run.exitCode == 128 + SIGKILL)
  }

  @Test("A rank killed during large messages ends all ranks", arguments: [2, 5], [0, 1])
  func killedInExchange(ranks: Int, rank: Int) async throws {
    let run = try await check("dead-in-exchange", argument: rank, ranks: ranks)
    #expect(run.exitCode == 128 + SIGKILL)
  }

  @Test("A job that fails during large messages ends all ranks", arguments: [2, 5], [0, 1])
  func failedInExchange(ranks: Int, rank: Int) async throws {
    let run = try await check("error-in-exchange", argument: rank, ranks: ranks)
    #expect(run.exitCode == 70, "\(run.standardError)")
    #expect(linesOfProgram(run.standardError).count == 1, "\(run.standardError)")
    #expect(run.standardError.contains("error-in-exchange: planted"), "\(run.standardError)")
  }

  @Test(
    "A signal to mpirun reaches every rank, and mpirun returns their exit code", arguments: [1, 3])
  func forwardedSignal(ranks: Int) async throws {
    let run = try StartedRun(
      executable: "MPIChecks", arguments: ["forwarded-signal"], ranks: ranks,
      environment: quiet)
    try await run.wait(forOutput: "ready")
    run.send(SIGUSR2)
    #expect(try await run.finish().exitCode == 75)
  }

  @Test("A signal to each rank's process does the same")
  func signalToRanks() async throws {
    let run = try StartedRun(
      executable: "MPIChecks", arguments: ["forwarded-signal"], ranks: 2, environment: quiet)
    try await run.wait(forOutput: "ready")
    try run.send(SIGUSR2, toRank: 0)
    try run.send(SIGUSR2, toRank: 1)
    #expect(try await run.finish().exitCode == 75)
  }

  @Test("A rank that MPI cannot join with the others says so and exits")
  func neverJoined() async throws {
    let checks = try Programs.product("MPIChecks").path
    let run = try await MPIRun(
      executable: "/bin/bash",
      groups: [
        RankGroup(ranks: 1, arguments: ["-c", "exec '\(checks)' barrier"]),
        RankGroup(ranks: 1, arguments: ["-c", "exec sleep 100000"]),
      ], environment: quiet.merging(["GMLP_TRAIN_START_TIMEOUT": "2"]) { $1 })
    #expect(run.exitCode == 76, "\(run)")
    #expect(run.standardError.contains("MPI did not connect the ranks within 2 s"), "\(run)")
  }

  @Test("The deadline ends a hung run and reports its output")
  func deadline() async throws {
    let run = try StartedRun(executable: "MPIChecks", arguments: ["forwarded-signal"], ranks: 2)
    try await run.wait(forOutput: "ready")
    let error = await #expect(throws: MPIRunError.self) { try await run.finish(within: 1) }
    let report = error?.description ?? ""
    #expect(report.contains("did not end within ") && report.contains("ready"), "\(report)")
  }

  /// Silences mpirun's own words, as the launch scripts do.
  private let quiet = ["OMPI_MCA_orte_execute_quiet": "1"]

  private func check(_ name: String, argument: Int, ranks: Int?) async throws -> MPIRun {
    try await MPIRun(
      executable: "MPIChecks", arguments: ["--argument", "\(argument)", name], ranks: ranks,
      environment: quiet)
  }

  private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

  /// Open MPI may add words of its own where several ranks call `MPI_Abort`.
  private func linesOfProgram(_ text: String) -> [Substring] {
    lines(text).filter { $0.hasPrefix("gmlp-train:") }
  }
}
