import Foundation
import RunSupport
import Testing

/// How soon faults are noticed.
///
/// `launch/test.sh` runs nothing beside these; where the cores have other work they are skipped.
@Suite("Promised times", .serialized, .timeLimit(.minutes(60)))
struct PromisedTimesTests {
  /// The promise is five seconds after a death; the start and a slow machine get three times that.
  private static let deathSeconds = 20.0
  /// The promise is ten seconds after `train.hang_timeout`.
  private static let hangSeconds = 35.0

  private let runs: FaultyRuns

  init() throws {
    runs = try FaultyRuns()
  }

  @Test("A rank that dies or fails soon ends all ranks")
  func death() async throws {
    for (fault, code) in [
      ("1:backward:9:kill", 128 + SIGKILL), ("0:update:9:throw", 70),
      ("0:start:*:kill", 128 + SIGKILL),
    ] {
      let run = try await measured { try await runs.train(["GMLP_TRAIN_FAULT": fault], ranks: 3) }
      #expect(run.exitCode == code, "\(run)")
      #expect(run.seconds < Self.deathSeconds, "\(fault)")
    }
  }

  @Test("A hung or stopped rank is noticed soon after the timeout")
  func hang() async throws {
    for fault in ["2:backward:9:hang", "1:norm:9:stop", "0:evaluate:*:stop"] {
      let run = try await measured {
        try await runs.train(
          ["GMLP_TRAIN_FAULT": fault], ranks: 3, ["--set", "train.hang_timeout=2"])
      }
      #expect(run.exitCode == 76, "\(run)")
      #expect(run.seconds < Self.hangSeconds, "\(fault)")
    }
  }

  @Test("A host of which nothing is heard is named by another one soon after the timeout")
  func silentHost() async throws {
    let run = try await measured {
      try await runs.train(
        ["GMLP_TRAIN_FAULT": "2:norm:9:stop", "GMLP_TRAIN_RANKS_PER_HOST": "1"], ranks: 3,
        ["--set", "train.hang_timeout=2"])
    }
    #expect(run.exitCode == 76, "\(run)")
    #expect(run.told.contains { $0.contains(": rank 2 on ") }, "\(run)")
    #expect(run.seconds < Self.hangSeconds)
  }

  @Test("A refused start soon ends on all ranks", arguments: [nil, 3, 8])
  func refusal(ranks: Int?) async throws {
    let run = try await measured {
      try await runs.train([:], ranks: ranks, ["--set", "model.d_model=0"])
    }
    #expect(run.exitCode == 64, "\(run)")
    #expect(run.seconds < 10)
  }

  @Test(
    "Whatever ends the ranks, they are soon gone",
    arguments: ["abort-free", "abort-stuck", "killed", "shared-killed", "error-in-exchange"],
    [2, 5])
  func endings(check: String, ranks: Int) async throws {
    let run = try await measured {
      try await MPIRun(
        executable: "MPIChecks", arguments: ["--argument", "1", check], ranks: ranks)
    }
    #expect(run.exitCode != 0, "\(run)")
    #expect(run.seconds < 10)
  }

  @Test("A time limit is kept")
  func timeLimit() async throws {
    let run = try await measured {
      try await runs.train(
        [:], ranks: 2,
        ["--steps", "40000"]
          + ["train.evaluate_every=100000", "train.time_limit=0.1"].flatMap { ["--set", $0] })
    }
    #expect(run.exitCode == 75, "\(run)")
    #expect(run.seconds < 6 + 6)
  }

  @Test("A slow rank is named within twenty steps, with its cost, and loses micro-batches")
  func slow() async throws {
    let slow = ["GMLP_TRAIN_FAULT": "1:forward:*:slow:20"]
    let fine = ["--set", "train.micro_batch_size=2", "--set", "train.checkpoint_every=0"]
    let run = try await measured { try await runs.train(slow, ranks: 2, fine) }
    #expect(run.exitCode == 0 && run.told.isEmpty, "\(run.standardError)")
    let told = try #require(
      run.standardOutput.split(separator: "\n").first { $0.contains("of the others' speed") })
    #expect(told.contains(": rank 1 on ") && told.contains(" ms a step"), "\(told)")
    let step = try #require(told.firstMatch(of: /step (\d+): rank/).flatMap { Int($0.1) })
    #expect(step <= 20)
    #expect(try !runs.metrics("balance").isEmpty)
    // With more threads a rank's micro-batches are computed at once: it costs less than the step takes.
    let threads = fine + ["--set", "train.threads=2", "--resume", "never"]
    _ = try await measured { try await runs.train(slow, ranks: 2, threads) }
    let cost = try #require(runs.numbers("cost_seconds", of: "straggler").first)
    let slowest = try #require(runs.numbers("step_seconds", of: "step").prefix(step).max())
    #expect(0 < cost && cost < slowest)
  }

  /// Runs `body` on a quiet machine, and skips the test where the machine was not quiet all the while.
  private func measured(_ body: () async throws -> MPIRun) async throws -> MPIRun {
    if !QuietMachine.isQuiet { try Test.cancel("\(QuietMachine.need)") }
    let run = try await body()
    if !QuietMachine.isQuiet { try Test.cancel("\(QuietMachine.need)") }
    return run
  }
}
