import Foundation
import RunSupport
import Testing

/// Runs that signals stop or save, and that must end like an undisturbed one.
@Suite("Stops and saves by signals", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct StopSignalTests {
  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  @Test("Stopped by a signal it saves, exits with 75, and resumes as if nothing had happened")
  func signals() async throws {
    let reference = try await runs.reference()
    let cases = [(SIGUSR2, 3), (SIGTERM, nil), (SIGUSR2, nil), (SIGINT, nil)] as [(Int32, Int?)]
    for (number, (signal, ranks)) in cases.enumerated() {
      let run = try runs.startStopping(inStep: 4 + 9 * number, "stopped", ranks: ranks)
      try await run.sendWhileStopped(signal)
      let ended = try await run.finish()
      #expect(ended.exitCode == 75, "signal \(signal): \(ended.standardError)")
      #expect(ended.standardOutput.contains("stopped after step"))
    }
    #expect(try await runs.train("stopped", ranks: 2).exitCode == 0)
    #expect(try runs.finished("stopped") == reference)
  }

  @Test("TERM to a bare mpirun leaves the newest checkpoint, from which it resumes")
  func terminatedLauncher() async throws {
    let reference = try await runs.reference()
    // On the slower disk the save after the signal takes longer than mpirun grants.
    for (step, speed) in [(12, "0.3"), (26, "0.1")] {
      let run = try runs.startStopping(
        inStep: step, "terminated", ranks: 3, environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": speed])
      let stopped = try await run.stoppedProcess()
      run.send(SIGTERM)
      run.resume(stopped)
      let ended = try await run.finishAfterRanks()
      #expect(ended.exitCode != 0 && ended.exitCode != 75, "\(ended.standardError)")
    }
    let resumed = try await runs.train("terminated", ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step"))
    #expect(try runs.finished("terminated") == reference)
  }

  @Test("SIGUSR1 saves a checkpoint and continues", arguments: [nil, 3])
  func saveOnRequest(ranks: Int?) async throws {
    let never = [
      "--set", "train.checkpoint_every=0", "--set", "train.evaluate_every=1000000",
      "--steps", "1000000",
    ]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: runs.arguments("saved", never), ranks: ranks)
    try await runs.wait(forStep: 3, of: run, in: "saved")
    run.send(SIGUSR1)
    try await runs.wait(for: "{\"event\":\"checkpoint\",", of: run, in: "saved")
    // A stop before the next step has nothing to save.
    let soFar = try String(contentsOfFile: "\(runs.path)/saved/metrics.jsonl", encoding: .utf8)
    let steps = soFar.components(separatedBy: "\"event\":\"step\"").count - 1
    try await runs.wait(forStep: steps + 2, of: run, in: "saved")
    run.send(SIGUSR2)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let text = try String(contentsOfFile: "\(runs.path)/saved/metrics.jsonl", encoding: .utf8)
    // One on request, though the signal reached the ranks in different steps, and one at the stop.
    #expect(text.components(separatedBy: "\"event\":\"checkpoint\"").count == 3, "\(text)")
  }

  @Test("A stop while a slow disk takes the last checkpoint loses nothing")
  func slowDisk() async throws {
    let reference = try await runs.reference()
    // About 150 KB a checkpoint: half a second each.
    let slow = ["GMLP_TRAIN_SLOW_DISK_MBPS": "0.3"]
    let run = try runs.startStopping(inStep: 6, "slow", ranks: 3, environment: slow)
    try await run.sendWhileStopped(SIGUSR2)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let resumed = try await runs.train("slow", ranks: 2, ["--stop-after", "20"], environment: slow)
    #expect(resumed.exitCode == 75, "\(resumed.standardError)")
    #expect(try await runs.train("slow").exitCode == 0)
    #expect(try runs.finished("slow") == reference)
  }

  @Test("A rank with nothing to do hears a stop that is sent to it alone")
  func idleRank() async throws {
    let idle = [
      "--set", "train.global_batch_size=16", "--set", "train.evaluate_every=1000000",
      "--steps", "1000000",
    ]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: runs.arguments("idle", idle), ranks: 3)
    try await runs.wait(forStep: 3, of: run, in: "idle")
    try run.send(SIGUSR2, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
  }
}
