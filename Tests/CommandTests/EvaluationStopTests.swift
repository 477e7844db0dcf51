import Foundation
import TestSupport
import Testing

/// Stops and saves while an evaluation is under way.
///
/// Rank 1 sleeps before each micro-batch of step 22 and of the evaluation after it, which has 22 of
/// 16 samples: so what must not wait for the whole evaluation has a long time to be wrong in.
@Suite("Stops in an evaluation", .serialized, .timeLimit(.minutes(60)))
struct EvaluationStopTests {
  private let runs: RehearsedRuns

  init() throws {
    runs = try RehearsedRuns()
  }

  private func start(slow milliseconds: Int, _ more: [String]) throws -> StartedRun {
    try runs.start(
      ["GMLP_TRAIN_FAULT": "1:data:22:slow:\(milliseconds)"], ranks: 2,
      ["--set", "train.checkpoint_every=0"] + more)
  }

  private var metrics: String { "\(runs.path)/run/metrics.jsonl" }

  @Test("A stop that one rank hears does not wait for the other rank's part of the evaluation")
  func stop() async throws {
    // 11 micro-batches of 20 s: the deadline of the run comes before they are over.
    let run = try start(slow: 20_000, [])
    try await run.wait(for: "{\"event\":\"step\",\"step\":22,", inFile: metrics)
    try run.send(SIGUSR2, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    #expect(try runs.metrics("evaluation").isEmpty)
    let resumed = try await runs.train([:], ranks: 3, ["--set", "train.checkpoint_every=0"])
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step 22"))
    #expect(try await resumed.digest == runs.reference())
  }

  @Test("What is due is saved before a long evaluation, and again with what it found")
  func savedBefore() async throws {
    // Two micro-batches of a step take 4 s, so that 359 samples are expected to take 7 s.
    let run = try start(slow: 2_000, ["--set", "train.checkpoint_every=22", "--stop-after", "22"])
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let order = try runs.events.filter { $0 == "checkpoint" || $0 == "evaluation" }
    #expect(order == ["checkpoint", "evaluation", "checkpoint"])
    let finished = try await runs.train([:], ranks: 2)
    let evaluations = finished.standardOutput.components(separatedBy: "evaluation after step")
    #expect(evaluations.count == 2, "the one after step 22 is done: \(finished.standardOutput)")
  }

  @Test("A checkpoint that a signal asks for is saved in the evaluation, not after it")
  func savedOnRequest() async throws {
    let run = try start(slow: 500, ["--stop-after", "23"])
    try await run.wait(for: "{\"event\":\"step\",\"step\":22,", inFile: metrics)
    try run.send(SIGUSR1, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let order = try runs.events.filter { $0 == "checkpoint" || $0 == "evaluation" }
    #expect(order.prefix(2) == ["checkpoint", "evaluation"])
  }
}
