import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Launch scripts", .serialized, .timeLimit(.minutes(60)))
struct LaunchScriptTests {
  let folder: LaunchFolder

  init() throws {
    folder = try LaunchFolder()
  }

  @Test("local.sh trains to the same weights on any number of ranks")
  func localRanks() async throws {
    var weights: Set<String?> = []
    for ranks in [1, 2, 3, 8] {
      let run = try await folder.startDigits(
        ranks: ranks, steps: 30, runDirectory: "run-\(ranks)"
      ).finish()
      #expect(run.exitCode == 0, "\(run.standardError)")
      // Eight ranks are more than there are micro-batches.
      #expect(run.complaints == [], "\(run.standardError)")
      weights.insert(run.weights)
    }
    #expect(weights.count == 1)
    #expect(!weights.contains(nil))
  }

  @Test(
    "A stop saves and returns 75; the same command resumes to the same weights",
    arguments: [(1, SIGINT), (1, SIGHUP), (3, SIGINT), (3, SIGTERM), (3, SIGUSR2)])
  func stopAndResume(ranks: Int, signal: Int32) async throws {
    let stopping = try folder.startDigits(ranks: ranks, environment: LaunchFolder.stopping)
    try await stopping.sendWhileStopped(signal)
    let stopped = try await stopping.finish()
    #expect(stopped.exitCode == 75, "\(stopped.standardError)")
    #expect(try stopped.onlyLine.contains("saving a checkpoint"))
    let checkpoint = try #require(try folder.checkpoints().last)
    #expect((1..<300).contains(checkpoint))

    let resumed = try await folder.startDigits(ranks: ranks).finish()
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step \(checkpoint)"))
    let undisturbed = try await folder.startDigits(ranks: 2, runDirectory: "undisturbed").finish()
    #expect(resumed.weights == undisturbed.weights)
    #expect(resumed.weights != nil)
  }

  @Test("After a rank dies or hangs, the run restarts and ends with the same weights")
  func restarts() async throws {
    for (fault, words) in [
      ("1:backward:150:kill", "rank 1 on"), ("0:update:150:kill", "rank 0 on"),
      ("2:forward:150:stop", "exit code 76: restart 1 of 2"),
    ] {
      let run = try await folder.startDigits(
        ranks: 3, restarts: 2, environment: ["GMLP_TRAIN_FAULT": fault],
        settings: ["train.checkpoint_every=50", "train.hang_timeout=20"]
      ).finish()
      #expect(run.exitCode == 0, "\(run.standardError)")
      #expect(run.standardError.contains(words), "\(run.standardError)")
      // The newest may still have been in progress.
      #expect(run.standardOutput.contains(/resumed after step (50|100)/))
      let undisturbed = try await folder.startDigits(ranks: 1, runDirectory: "undisturbed").finish()
      #expect(run.weights != nil && run.weights == undisturbed.weights)
      try folder.removeRuns()
    }
  }

  @Test("Restarts are limited, and errors that would recur get none")
  func restartsEnd() async throws {
    // The run directory takes no more steps than the fault lets it.
    let few = try await folder.start(
      "local.sh", ["--max-restarts", "2", "1", "-c", "exit 76"], program: "/bin/bash"
    ).finish()
    #expect(few.exitCode == 76)
    #expect(few.standardError.split(separator: "\n").count == 2, "\(few.standardError)")
    for code in [64, 65, 70, 74, 75] {
      let none = try await folder.start(
        "local.sh", ["--max-restarts", "2", "1", "-c", "exit \(code)"], program: "/bin/bash"
      ).finish()
      #expect(none.exitCode == Int32(code) && none.standardError.isEmpty)
    }
    // What was not refused at first is in the way of a lock only.
    let locked = try await folder.start(
      "local.sh",
      ["--max-restarts", "3", "1", "-c", "exit $((76 - 12 * GMLP_TRAIN_RESTART))"],
      program: "/bin/bash"
    ).finish()
    #expect(locked.exitCode == 52, "76, then 64, then 52: \(locked)")
    #expect(locked.standardError.contains("exit code 64: restart 2 of 3"), "\(locked)")
    let wrong = try await folder.start("local.sh", ["--max-restarts", "many", "1"]).finish()
    #expect(wrong.exitCode == 64 && wrong.standardError.contains("'many' is not a number"))
  }

  @Test("USR1 saves a checkpoint and the run continues", arguments: [1, 3])
  func checkpointOnRequest(ranks: Int) async throws {
    let running = try folder.startDigits(ranks: ranks, environment: LaunchFolder.stopping)
    try await running.sendWhileStopped(SIGUSR1)
    let run = try await running.finish()
    #expect(run.exitCode == 0, "\(run.standardError)")
    let checkpoints = try folder.checkpoints()
    // The last one is saved before its evaluation and after it.
    #expect(Set(checkpoints).count == 2, "\(checkpoints)")
    #expect((1..<300).contains(try #require(checkpoints.first)))
    #expect(checkpoints.last == 300)
  }

  @Test("A second Ctrl-C does not wait for the checkpoint", arguments: [1, 3])
  func secondInterrupt(ranks: Int) async throws {
    // At this speed the checkpoint takes an hour.
    let running = try folder.startDigits(
      ranks: ranks, steps: 1_000_000, environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": "0.0001"])
    try await running.wait(forOutput: "step 1/")
    running.send(SIGINT)
    try await running.wait(forOutput: "saving a checkpoint")
    running.send(SIGINT)
    let run = try await running.finish()
    #expect(run.exitCode == 130, "\(run.standardError)")
    #expect(try folder.checkpoints() == [])
  }

  @Test("A killed rank ends the run; the rank and the signal are named", arguments: [2, 3])
  func killedRank(ranks: Int) async throws {
    let running = try folder.startDigits(ranks: ranks, steps: 1_000_000)
    try await running.wait(forOutput: "step 1/")
    try running.send(SIGKILL, toRank: 1)
    let run = try await running.finish()
    #expect(run.exitCode == 128 + SIGKILL)
    let lines = run.told
    #expect(lines.count == 2, "\(lines)")
    let words = #/gmlp-train: (rank 1 on \S+ \(process \d+\)) has died in step \d+, .*/#
    let name = try #require(lines.first?.wholeMatch(of: words)?.1, "\(lines)")
    #expect(lines.last?.hasPrefix("local.sh: \(name) was killed by SIGKILL") == true, "\(lines)")
  }

  @Test(
    "Wrong arguments are 64", arguments: [[], ["0"], ["two"], ["1", "--nix"], ["3", "--nix"]])
  func wrongArguments(arguments: [String]) async throws {
    let run = try await folder.start("local.sh", arguments).finish()
    #expect(run.exitCode == 64, "\(run.standardError)")
    #expect(run.standardError.contains(arguments.last ?? "number of ranks"))
  }

  @Test("A missing program is 64, with what to do")
  func missingProgram() async throws {
    let run = try await folder.start("local.sh", ["2"], program: "\(folder.path)/none").finish()
    #expect(run.exitCode == 64)
    #expect(run.standardError.contains("launch/setup.sh"))
  }

  @Test("A signal between two starts ends the restarts with 75, USR1 does nothing")
  func signalBetweenRuns() async throws {
    for signals in [[SIGTERM], [SIGUSR2], [SIGUSR1, SIGINT]] {
      // So long that nothing but the signal can end it.
      let run = try folder.start(
        "local.sh", ["--max-restarts", "1", "1", "-c", "exit 76"], program: "/bin/bash",
        environment: ["restart_pause": "100000"])
      try await run.wait(forOutput: "restart 1 of 1")
      for signal in signals { run.send(signal) }
      let ended = try await run.finish()
      #expect(ended.exitCode == 75, "\(ended)")
    }
  }

  @Test("A launcher that does not notice that its ranks are gone is terminated")
  func lingering() async throws {
    let run = try await folder.start(
      "local.sh", ["1", "-c", "sleep 0.1 & exec sleep 100000"], program: "/bin/bash"
    ).finish()
    #expect(run.exitCode == 76, "\(run)")
    #expect(run.standardError.contains("did not notice that its ranks are gone"), "\(run)")
  }

  @Test("local.sh sets what mpirun needs here", arguments: [false, true])
  func settings(onTerminal: Bool) async throws {
    let run = try await folder.start(
      "local.sh", ["3"], program: "/usr/bin/env", onTerminal: onTerminal
    ).finish()
    #expect(run.exitCode == 0, "\(run.standardOutput)\(run.standardError)")
    #expect(run.standardOutput.contains("OMPI_COMM_WORLD_SIZE=3"))
    #expect(run.standardOutput.contains("OMPI_MCA_hwloc_base_binding_policy=none"))
    #expect(run.standardOutput.contains("GMLP_TRAIN_TERMINAL=1") == onTerminal)
  }

  @Test(
    "Every script has --help",
    arguments: [
      "environment.sh", "signals.sh", "restarts.sh", "local.sh", "hosts.sh", "setup.sh",
      "quickstart.sh", "test.sh", "slurm.sbatch",
    ])
  func help(script: String) async throws {
    let arguments = [PackageFolder.url.appending(path: "launch/\(script)").path, "--help"]
    let run = try await MPIRun(executable: "/bin/bash", arguments: arguments, ranks: nil)
    #expect(run.exitCode == 0)
    #expect(run.standardError == "")
    #expect(run.standardOutput.contains("launch/"))
  }
}
