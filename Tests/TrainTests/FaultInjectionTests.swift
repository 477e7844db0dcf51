import Foundation
import RunSupport
import TestSupport
import Testing

/// Faults that a run lives through, or that end it with the last checkpoint right.
@Suite("Faults that a run survives", .serialized, .timeLimit(.minutes(60)))
struct FaultInjectionTests {
  static let messages = ["--set", "train.shared_memory=false"]

  let runs: FaultyRuns

  init() throws {
    runs = try FaultyRuns()
  }

  @Test("A step with a number that is not finite is skipped on any number of ranks")
  func notFinite() async throws {
    var digests: Set<String> = []
    for (ranks, more) in [(1, []), (2, []), (3, Self.messages), (4, [])] {
      let run = try await runs.train(
        ["GMLP_TRAIN_FAULT": "0:backward:9:nan"], ranks: ranks, more + ["--resume", "never"])
      #expect(run.exitCode == 0)
      let line = try run.onlyLine
      #expect(line.contains("step 9 is skipped: the norm of the gradient is not finite"), "\(line)")
      #expect(line.contains("comes from rank 0 on ") && line.contains("(samples "), "\(line)")
      #expect(try runs.metrics("skipped").count == 1)
      digests.insert(try run.digest)
    }
    #expect(digests.count == 1)
    #expect(try await !digests.contains(runs.reference()))
  }

  @Test("The rank whose numbers are not finite is named", arguments: [1, 2])
  func named(rank: Int) async throws {
    let run = try await runs.train(["GMLP_TRAIN_FAULT": "\(rank):backward:9:nan"], ranks: 3)
    #expect(run.exitCode == 0)
    #expect(try run.onlyLine.contains("comes from rank \(rank) on "))
  }

  @Test("After too many consecutive skipped steps the run fails", arguments: [nil, 3])
  func tooMany(ranks: Int?) async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "0:backward:*:nan"], ranks: ranks,
      ["--set", "train.max_skipped_steps=2"])
    #expect(run.exitCode == 70)
    #expect(run.told.count == 3, "\(run.standardError)")
    #expect(run.told.last?.contains("step 3: the norm of the gradient is not finite") == true)
  }

  @Test(
    "A bit flip in one rank's weights is found in that step and repaired", arguments: 0...2)
  func repaired(rank: Int) async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "\(rank):forward:9:flip:7"], ranks: 3, Self.messages)
    #expect(run.exitCode == 0)
    let line = try run.onlyLine
    #expect(
      line.contains("step 9: weights have changed in the memory of rank \(rank) on "), "\(line)")
    let events = try runs.metrics("weights_changed")
    #expect(events.count == 1)
    #expect(
      events[0].hasPrefix(
        #"{"event":"weights_changed","step":9,"ranks":[\#(rank)],"repaired":true,"#))
    #expect(try await run.digest == runs.reference())
  }

  @Test(
    "Memory that stays faulty ends the run and names the host, instead of endless repairs",
    arguments: ["9", "*"])
  func faultyMemory(step: String) async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:\(step):stuck:7"], ranks: 3, Self.messages)
    #expect(run.exitCode == 76, "\(run.standardError)")
    let last = try #require(run.told.last)
    #expect(last.contains("weights have changed in the memory of rank 1 on "), "\(last)")
    #expect(last.contains("for the 4th time within 100 steps: that memory is faulty"), "\(last)")
    let repaired = try runs.metrics("weights_changed").map { $0.contains("\"repaired\":true") }
    #expect(repaired == [true, true, true, false])
    let resumed = try await runs.train([:], ranks: 2)
    #expect(try await resumed.digest == runs.reference())
  }

  @Test("A bit flip after the last update is found before the evaluation")
  func repairedBeforeEvaluation() async throws {
    let threads = ["--set", "train.threads=2"]
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:evaluate:44:flip:99999"], ranks: 2, Self.messages + threads)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(try run.onlyLine.contains("step 44: weights have changed in the memory of rank 1 on "))
    let order = try runs.events.filter { $0 == "weights_changed" || $0 == "evaluation" }
    #expect(order.suffix(2) == ["weights_changed", "evaluation"])
    #expect(try await run.digest == runs.reference())
  }

  @Test("Bit flips are repaired in bf16 too, where a rounded copy is used")
  func repairedRounded() async throws {
    let bf16 = ["--set", "train.precision=bf16"]
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:9:flip:7"], ranks: 2, Self.messages + bf16)
    let undisturbed = try await runs.train([:], ranks: 2, bf16 + ["--resume", "never"])
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(try run.digest == undisturbed.digest)
  }

  @Test(
    "If no good copy is left, or repair is off, the run ends with 76; the next one is right",
    arguments: [[], messages + ["--set", "train.replica_check=stop"]])
  func stopped(more: [String]) async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:30:flip:7"], ranks: 3, more)
    #expect(run.exitCode == 76)
    #expect(try run.onlyLine.contains("step 30: weights have changed "))
    let events = try runs.metrics("weights_changed")
    #expect(events.count == 1)
    let event = try #require(events.first)
    #expect(event.contains(#""step":30"#) && event.contains(#""repaired":false"#))
    let resumed = try await runs.train([:], ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step 22"))
    #expect(try await resumed.digest == runs.reference())
  }

  @Test("With the check off, a bit flip goes unnoticed and changes the weights")
  func unnoticed() async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:9:flip:7"], ranks: 3,
      ["--set", "train.replica_check=off"])
    #expect(run.exitCode == 0 && run.told.isEmpty, "\(run.standardError)")
    #expect(try await run.digest != runs.reference())
  }

  /// ``PromisedTimesTests`` says that the rank is named, which takes a machine without other work.
  @Test("A slow rank loses micro-batches, and the bits stay")
  func slow() async throws {
    let fine = ["--set", "train.micro_batch_size=2", "--set", "train.checkpoint_every=0"]
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:*:slow:20"], ranks: 2, fine)
    #expect(run.exitCode == 0 && run.told.isEmpty, "\(run.standardError)")
    let undisturbed = try await runs.train([:], ranks: 2, fine + ["--resume", "never"])
    #expect(try run.digest == undisturbed.digest)
    let even = fine + ["--set", "train.balance=false", "--resume", "never"]
    let still = try await runs.train(["GMLP_TRAIN_FAULT": "1:forward:*:slow:20"], ranks: 2, even)
    #expect(try runs.metrics("balance").isEmpty)
    #expect(try still.digest == undisturbed.digest)
  }

  @Test("A disk fault at any operation ends no run and damages no earlier checkpoint")
  func disk() async throws {
    let often = ["--set", "train.checkpoint_every=5", "--set", "train.evaluate_every=5"]
    let undisturbed = try await runs.train([:], ranks: nil, often)
    for operation in ["create", "write", "sync", "make-folder", "rename", "sync-folder", "link"] {
      // Step 5 is the first that is evaluated, and so the best until then.
      let step = operation == "link" ? 5 : 10
      let run = try await runs.train(
        ["GMLP_TRAIN_FAULT": "0:\(operation):\(step):io-error"], ranks: 2,
        often + ["--resume", "never"])
      #expect(run.exitCode == 0, "\(operation): \(run.standardError)")
      #expect(try run.digest == undisturbed.digest)
      let words =
        operation == "link"
        ? "the link to the best" : "the checkpoint of step 10 was not written"
      // It is saved before its evaluation and after it.
      #expect(!run.told.isEmpty && run.told.allSatisfy { $0.contains(words) }, "\(operation)")
      let verified = try await command("checkpoints", "verify", "\(runs.path)/run", in: runs.path)
      #expect(verified.exitCode == 0, "\(operation): \(verified)")
    }
  }

  @Test(
    "If the best checkpoint cannot be marked, the run continues, resumes, and keeps few checkpoints"
  )
  func noLink() async throws {
    let often = ["--set", "train.checkpoint_every=5", "--set", "train.evaluate_every=5"]
    let first = try await runs.train(
      ["GMLP_TRAIN_FAULT": "0:link:*:io-error"], ranks: 2, often + ["--stop-after", "25"])
    #expect(first.exitCode == 75, "\(first)")
    #expect(!first.told.isEmpty && first.told.allSatisfy { $0.contains("the link to the best") })
    let folder = "\(runs.path)/run/checkpoints"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count == 2, "\(names)")
    // A folder in the link's place cannot be replaced by one.
    try FileManager.default.createDirectory(
      atPath: "\(folder)/best/full", withIntermediateDirectories: true)
    let second = try await runs.train([:], ranks: 2, often)
    #expect(second.exitCode == 0, "\(second)")
    #expect(
      try await second.digest == runs.train([:], ranks: nil, often + ["--resume", "never"]).digest)
  }

  @Test("Short writes are continued")
  func shortWrites() async throws {
    let few = ["--stop-after", "2"]
    let run = try await runs.train(["GMLP_TRAIN_FAULT": "0:write:2:short-write"], ranks: 2, few)
    #expect(run.exitCode == 75 && run.told.isEmpty, "\(run.standardError)")
    let resumed = try await runs.train([:], ranks: nil)
    #expect(try await resumed.digest == runs.reference())
  }

  @Test("A time limit saves and stops in time, and the next run resumes")
  func timeLimit() async throws {
    // 24 s, so that the ranks are there before it is over.
    let long = ["--steps", "1000000", "--set", "train.evaluate_every=1000000"]
    let run = try await runs.train([:], ranks: 2, long + ["--set", "train.time_limit=0.4"])
    #expect(run.exitCode == 75, "\(run.standardError)")
    #expect(run.standardOutput.contains("train.time_limit: saving and stopping in time"))
    #expect(run.standardOutput.contains("from a signal to a safe stop: at most "))
    #expect(try #require(runs.metrics("end").last).contains("\"reason\":\"stopped\""))
  }
}
