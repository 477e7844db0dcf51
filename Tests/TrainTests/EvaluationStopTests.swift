import Foundation
import RunSupport
import Testing

/// Stops and saves while an evaluation is in progress.
///
/// Rank 1 sleeps before each micro-batch of step 22 and of the evaluation after it, which has 23 of
/// 16 samples: so what must not wait for the whole evaluation has a long time to be wrong in.
@Suite("Stops in an evaluation", .serialized, .timeLimit(.minutes(60)))
struct EvaluationStopTests {
  private let runs: FaultyRuns

  init() throws {
    runs = try FaultyRuns()
  }

  /// Starts two ranks; nobody calls one hung that sleeps or has stopped itself.
  private func start(_ faults: String..., more: [String] = []) throws -> StartedRun {
    let patient = ["train.checkpoint_every=0", "train.hang_timeout=\(StartedRun.patienceSeconds)"]
    return try runs.start(
      ["GMLP_TRAIN_FAULT": faults.joined(separator: ",")], ranks: 2,
      patient.flatMap { ["--set", $0] } + more)
  }

  @Test("A stop on one rank does not wait for another rank's part of the evaluation")
  func stop() async throws {
    let run = try start("1:evaluate:22:stop", "1:data:22:slow:5000")
    try await run.sendWhileStopped(SIGUSR2, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    #expect(try runs.metrics("evaluation").isEmpty)
    let resumed = try await runs.train([:], ranks: 3, ["--set", "train.checkpoint_every=0"])
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step 22"))
    #expect(try await resumed.digest == runs.reference())
  }

  @Test("A due checkpoint is saved before a long evaluation, and again with its result")
  func savedBefore() async throws {
    // Two micro-batches of a step take 14 s, so that 359 samples are expected to take 26 s: much longer than
    // the disk takes for a checkpoint.
    let run = try start(
      "1:forward:22:slow:5000", "1:data:22:slow:2000",
      more: ["--set", "train.checkpoint_every=22", "--stop-after", "22"])
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let order = try runs.events.filter { $0 == "checkpoint" || $0 == "evaluation" }
    #expect(order == ["checkpoint", "evaluation", "checkpoint"])
    let finished = try await runs.train([:], ranks: 2)
    let evaluations = finished.standardOutput.components(separatedBy: "evaluation after step")
    #expect(evaluations.count == 2, "the one after step 22 is done: \(finished.standardOutput)")
  }

  @Test("A checkpoint requested by a signal is saved during the evaluation, not after it")
  func savedOnRequest() async throws {
    // The other rounds of the evaluation leave half a minute for the checkpoint.
    let run = try start("1:evaluate:22:stop", "1:data:22:slow:3000", more: ["--stop-after", "23"])
    try await run.sendWhileStopped(SIGUSR1, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let order = try runs.events.filter { $0 == "checkpoint" || $0 == "evaluation" }
    #expect(order.prefix(2) == ["checkpoint", "evaluation"])
  }
}
