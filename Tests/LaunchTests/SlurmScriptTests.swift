import Foundation
import RunSupport
import TestSupport
import Testing

/// `launch/slurm.sbatch` with stand-ins for Slurm and mpirun, which write down how they were called.
@Suite("The script for Slurm", .timeLimit(.minutes(60)))
struct SlurmScriptTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: false)
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/elsewhere", withIntermediateDirectories: false)
    let script = Self.script
    try tool("squeue", "echo 2100-01-01T00:00:00")
    try tool(
      "scontrol",
      """
      if [ "$1" = show ]; then echo "   Command=\(script) --config c.toml"; else echo "$@" >>"$calls"; fi
      """)
    try tool(
      "mpirun",
      """
      env | grep ^GMLP_TRAIN_ | sort >>"$calls"
      echo "mpirun $@" >>"$calls"
      if [ -n "$reached" ]; then exit "$GMLP_TRAIN_DEADLINE_EXIT_CODE"; fi
      exit "$code"
      """)
    // Slurm runs a copy.
    try folder.copyProgram(script, to: "slurm_script")
  }

  private static let script = PackageFolder.url.appending(path: "launch/slurm.sbatch").path

  private func tool(_ name: String, _ body: String) throws {
    try folder.writeProgram("#!/bin/sh\n\(body)\n", to: "bin/\(name)")
  }

  /// Runs the script, of whose run mpirun returns `code`.
  private func run(
    _ arguments: [String], code: Int, _ environment: [String: String] = [:]
  ) async throws -> (run: MPIRun, calls: String) {
    let calls = try folder.write("", to: "calls")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let run = try await MPIRun(
      executable: "/bin/bash", arguments: ["\(folder.path)/slurm_script"] + arguments, ranks: nil,
      environment: [
        "PATH": "\(folder.path)/bin:\(path)", "SLURM_JOB_ID": "7", "code": "\(code)",
        "calls": calls,
        "SLURM_SUBMIT_DIR": "\(folder.path)/elsewhere", "GMLP_TRAIN_EXECUTABLE": "/bin/true",
      ].merging(environment) { $1 }, directory: "\(folder.path)/elsewhere")
    return (run, try folder.text(of: "calls"))
  }

  @Test(
    "Arguments are passed on unchanged; a stop by the program itself ends the job",
    arguments: [["--stop-after", "5"], ["--stop-after=5"], ["--set", "train.time_limit=1"], []])
  func stop(arguments: [String]) async throws {
    let stopped = try await run(arguments, code: 75)
    #expect(stopped.run.exitCode == 75, "\(stopped)")
    #expect(stopped.calls.contains(" /bin/true train --threads 1"), "\(stopped)")
    #expect(stopped.calls.contains(arguments.joined(separator: " ") + "\n"), "\(stopped)")
    #expect(stopped.calls.contains(/GMLP_TRAIN_DEADLINE=41024\d{5}\n/), "\(stopped)")
    #expect(!stopped.calls.contains("requeue"), "\(stopped)")
  }

  @Test("A run that stops for its job's deadline is requeued with any arguments")
  func deadline() async throws {
    for arguments in [["--stop-after", "5"], ["--set", "train.time_limit=900"], []] {
      let stopped = try await run(arguments, code: 75, ["reached": "yes"])
      #expect(stopped.run.exitCode == 75 && stopped.calls.contains("requeue 7"), "\(stopped)")
    }
    #expect(try folder.names(in: "\(folder.path)/elsewhere").isEmpty, "files are left behind")
  }

  @Test("It is requeued even if the nodes cannot write to sbatch's folder")
  func unwritable() async throws {
    let file = try folder.write("", to: "file")
    let submitted = ["SLURM_SUBMIT_DIR": "\(file)/folder"]
    let stopped = try await run([], code: 75, submitted.merging(["reached": "yes"]) { $1 })
    #expect(stopped.run.exitCode == 75 && stopped.calls.contains("requeue 7"), "\(stopped)")
    // Restarts after a death cannot be counted there, and come to an end nevertheless.
    for (requeues, isRequeued) in [(0, true), (2, true), (3, false)] {
      let died = try await run(
        [], code: 137, submitted.merging(["SLURM_RESTART_COUNT": "\(requeues)"]) { $1 })
      #expect(died.run.exitCode == 137, "\(died)")
      #expect(died.calls.contains("requeue 7") == isRequeued, "\(died)")
      #expect(died.run.standardError.contains("every requeue counts as a restart"), "\(died)")
    }
  }

  @Test("Restarts after a death are counted, other requeues are not")
  func restarts() async throws {
    for count in 0...4 {
      let died = try await run([], code: 137, ["SLURM_RESTART_COUNT": "\(10 * count)"])
      #expect(died.calls.contains("requeue 7") == (count < 3), "\(died)")
    }
  }

  @Test("The program knows that a requeue is a restart of the same series")
  func requeue() async throws {
    let first = try await run(
      ["--resume=never"], code: 0, ["GMLP_TRAIN_RESTART": "9", "GMLP_TRAIN_LAUNCH": "other"])
    let second = try await run(["--resume=never"], code: 0, ["SLURM_RESTART_COUNT": "2"])
    for run in [first, second] {
      // The variables of another launch, from which the job was submitted, are not its own.
      #expect(!run.calls.contains("GMLP_TRAIN_RESTART"), "\(run)")
      #expect(!run.calls.contains("GMLP_TRAIN_LAUNCH"), "\(run)")
      #expect(run.calls.contains("-x SLURM_JOB_ID"), "\(run)")
    }
    #expect(!first.calls.contains("SLURM_RESTART_COUNT"), "\(first)")
    #expect(second.calls.contains("-x SLURM_RESTART_COUNT"), "\(second)")
    #expect(!second.calls.contains("auto"), "\(second)")
  }
}
