import Foundation
import TestSupport
import Testing

@Suite("Launch scripts", .serialized, .timeLimit(.minutes(2)))
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
      #expect(run.standardError == "")
      weights.insert(run.weights)
    }
    #expect(weights.count == 1)
    #expect(!weights.contains(nil))
  }

  @Test(
    "A stop saves, returns 75, and the same command goes on to the same weights",
    arguments: [(1, SIGINT), (1, SIGHUP), (3, SIGINT), (3, SIGTERM), (3, SIGUSR2)])
  func stopAndResume(ranks: Int, signal: Int32) async throws {
    let stopping = try folder.startDigits(ranks: ranks)
    try await stopping.wait(forOutput: "step 1/")
    stopping.send(signal)
    let stopped = try await stopping.finish()
    #expect(stopped.exitCode == 75, "\(stopped.standardError)")
    let lines = stopped.standardError.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("saving a checkpoint"), "\(lines)")
    let checkpoint = try #require(try folder.checkpoints().last)
    #expect((1..<300).contains(checkpoint))

    let resumed = try await folder.startDigits(ranks: ranks).finish()
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step \(checkpoint)"))
    let undisturbed = try await folder.startDigits(ranks: 2, runDirectory: "undisturbed").finish()
    #expect(resumed.weights == undisturbed.weights)
    #expect(resumed.weights != nil)
  }

  @Test("USR1 saves a checkpoint and the run goes on", arguments: [1, 3])
  func checkpointOnRequest(ranks: Int) async throws {
    let running = try folder.startDigits(ranks: ranks)
    try await running.wait(forOutput: "step 1/")
    running.send(SIGUSR1)
    let run = try await running.finish()
    #expect(run.exitCode == 0, "\(run.standardError)")
    let checkpoints = try folder.checkpoints()
    #expect(checkpoints.count == 2)
    #expect((1..<300).contains(try #require(checkpoints.first)))
    #expect(checkpoints.last == 300)
  }

  @Test("A second Ctrl-C does not wait for the checkpoint", arguments: [1, 3])
  func secondInterrupt(ranks: Int) async throws {
    // At this speed the checkpoint takes minutes.
    let running = try folder.startDigits(
      ranks: ranks, environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": "0.01"])
    try await running.wait(forOutput: "step 1/")
    running.send(SIGINT)
    try await running.wait(forOutput: "saving a checkpoint")
    try await Task.sleep(for: .milliseconds(500))
    running.send(SIGINT)
    let run = try await running.finish()
    #expect(run.exitCode == 130, "\(run.standardError)")
    #expect(try folder.checkpoints() == [])
  }

  @Test("A killed rank ends the run, and one line says so", arguments: [2, 3])
  func killedRank(ranks: Int) async throws {
    let running = try folder.startDigits(ranks: ranks, steps: 100_000)
    try await running.wait(forOutput: "step 1/")
    try running.send(SIGKILL, toRank: 1)
    let run = try await running.finish()
    #expect(run.exitCode == 128 + SIGKILL)
    let lines = run.standardError.split(separator: "\n")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.hasPrefix("local.sh: a rank was killed by SIGKILL") == true, "\(lines)")
  }

  @Test(
    "Wrong arguments are 64", arguments: [[], ["0"], ["two"], ["1", "--nix"], ["3", "--nix"]])
  func wrongArguments(arguments: [String]) async throws {
    let run = try await folder.start("local.sh", arguments).finish()
    #expect(run.exitCode == 64, "\(run.standardError)")
    #expect(run.standardError.contains(arguments.last ?? "number of ranks"))
  }

  @Test("A program that is not there is 64, with what to do")
  func missingProgram() async throws {
    let run = try await folder.start("local.sh", ["2"], program: "/nowhere/gmlp-train").finish()
    #expect(run.exitCode == 64)
    #expect(run.standardError.contains("launch/setup.sh"))
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
    "Every script explains itself",
    arguments: [
      "environment.sh", "signals.sh", "local.sh", "setup.sh", "quickstart.sh", "test.sh",
      "slurm.sbatch",
    ])
  func help(script: String) async throws {
    let arguments = [LaunchFolder.package.appending(path: "launch/\(script)").path, "--help"]
    let run = try await MPIRun(executable: "/bin/bash", arguments: arguments, ranks: nil)
    #expect(run.exitCode == 0)
    #expect(run.standardError == "")
    #expect(run.standardOutput.contains("launch/"))
  }
}
