import Foundation
import RunSupport
import Testing

/// Ranks that die, stop, hang or wait for data, and what the others say of them.
@Suite("Watchdog", .timeLimit(.minutes(60)))
struct WatchdogTests {
  let runs: FaultyRuns

  init() throws {
    runs = try FaultyRuns()
  }

  @Test(
    "A rank that dies is named with its step and phase, and all ranks end",
    arguments: [
      (2, "0:start:*", "at its start"), (2, "1:data:9", "in step 9, data"),
      (3, "2:forward:9", "in step 9, forward"), (3, "0:backward:9", "in step 9, backward"),
      (4, "1:bucket:9", "in step 9"),
      (5, "4:norm:9", "in step 9, norm"),
      (8, "5:update:9", "in step 9, update"), (3, "1:evaluate:*", "in step 22, evaluate"),
      (2, "0:snapshot:*", "snapshot"), (2, "0:sync:*", "in step"), (2, "0:finish:*", "finish"),
    ])
  func dead(ranks: Int, place: String, words: String) async throws {
    let run = try await runs.train(["GMLP_TRAIN_FAULT": "\(place):kill"], ranks: ranks)
    #expect(run.exitCode == 128 + SIGKILL)
    let line = try run.onlyLine
    let rank = place.prefix { $0 != ":" }
    #expect(line.hasPrefix("gmlp-train: rank \(rank) on "), "\(line)")
    #expect(line.contains(") has died ") && line.contains(words), "\(line)")
    #expect(line.hasSuffix("start again to resume from the newest checkpoint"))
  }

  @Test(
    "A rank that hangs is named with its step and phase, and all ranks end with 76",
    arguments: [
      (1, "0:update:9:hang", "hangs: nothing for N s in step 9, update"),
      (3, "0:backward:9:hang", "hangs: nothing for N s in step 9, backward"),
      (3, "2:agree:9:hang", "hangs: nothing for N s in step 9, agree"),
      (3, "1:bucket:9:hang", "hangs: nothing for N s in step 9, bucket"),
      (4, "3:data:9:hang", "has waited N s for data in step 9, data"),
      (
        8, "7:norm:9:stop",
        "has not run for N s, in step 9, norm: its process is stopped by a signal"
      ),
      (2, "0:evaluate:*:stop", "in step 22, evaluate: its process is stopped by a signal"),
    ])
  func hung(ranks: Int, fault: String, words: String) async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": fault], ranks: ranks, ["--set", "train.hang_timeout=20"])
    #expect(run.exitCode == 76)
    let line = try run.onlyLine
    #expect(line.hasPrefix("gmlp-train: rank \(fault.prefix { $0 != ":" }) on "), "\(line)")
    #expect(line.silence.map { $0 >= 20 } ?? false, "\(line)")
    #expect(line.withoutSilence.contains(words), "\(line)")
  }

  @Test("A rank that is paused and continues in time changes nothing")
  func goesOn() async throws {
    let undisturbed = try await runs.train([:], ranks: 3)
    let run = try runs.start(
      ["GMLP_TRAIN_FAULT": "1:update:9:stop"], ranks: 3,
      ["--run-dir", "\(runs.path)/paused", "--set", "train.hang_timeout=120"])
    let stopped = try await run.stoppedProcess()
    try await Task.sleep(for: .seconds(4))
    run.resume(stopped)
    let ended = try await run.finish()
    #expect(ended.exitCode == 0, "\(ended.standardError)")
    #expect(try ended.digest == undisturbed.digest)
  }

  @Test("After a rank gives up, the others end even if the launcher ends no rank")
  func launcherAsleep() async throws {
    let run = try runs.start(
      ["GMLP_TRAIN_FAULT": "0:forward:20:stop,1:update:30:throw"], ranks: 2,
      ["--set", "train.hang_timeout=120"])
    let stopped = try await run.stoppedProcess()
    run.send(SIGSTOP)
    run.resume(stopped)
    try await run.waitForRanks()
    run.send(SIGCONT)
    let ended = try await run.finish()
    #expect(ended.exitCode == 76 || ended.exitCode == 70, "\(ended)")
    #expect(try ended.onlyLine.hasPrefix("gmlp-train: rank 1 on "), "\(ended)")
  }

  @Test("A slow disk is not a hang")
  func slowDisk() async throws {
    let run = try await runs.train(
      ["GMLP_TRAIN_SLOW_DISK_MBPS": "0.03"], ranks: 2,
      ["--set", "train.hang_timeout=20", "--stop-after", "5"])
    #expect(run.exitCode == 75, "\(run.standardError)")
    // The save takes 55 s: a rank may be silent for 20, and the disk is waited for in silence for 30.
    let waiting = "gmlp-train: waiting for the disk to take the checkpoint, for "
    #expect(run.told.isEmpty && run.standardError.contains(waiting), "\(run.standardError)")
  }

  @Test("The verdict is also written to the file that a script names")
  func verdict() async throws {
    let file = "\(runs.path)/verdict"
    let run = try await runs.train(
      ["GMLP_TRAIN_FAULT": "1:forward:9:kill", "GMLP_TRAIN_VERDICT": file], ranks: 2)
    let told = try String(contentsOfFile: file, encoding: .utf8)
    #expect(try run.onlyLine == "gmlp-train: \(told)")
  }

  @Test("Impossible faults are refused before anything starts", arguments: [nil, 3])
  func badFault(ranks: Int?) async throws {
    let run = try await runs.train(["GMLP_TRAIN_FAULT": "1:nowhere:1:kill"], ranks: ranks)
    #expect(run.failed(64, "GMLP_TRAIN_FAULT=1:nowhere:1:kill"), "\(run)")
  }
}
