import Configuration
import Foundation
import Reporting
import RunSupport
import TestSupport
import Testing
import Train

/// What a start does with a run directory that is used already.
@Suite("Used run directories", .serialized, .timeLimit(.minutes(60)))
struct RunDirectoryTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  private func train(_ arguments: [String], directory: String = "run") async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", "run.toml", "--run-dir", directory] + arguments, ranks: nil,
      directory: files.path)
  }

  /// Trains the eight steps, with a checkpoint every two of them.
  private func trainAll() async throws {
    let run = try await train(["--set", "train.checkpoint_every=2", "--set", "train.keep=9"])
    #expect(run.exitCode == 0, "\(run.standardError)")
  }

  private func folder(_ step: Int) -> String { "run/checkpoints/step-000000000\(step)" }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(files.path)/\(folder)").sorted()
  }

  @Test("A run directory is one run's at a time, and an old run is moved aside")
  func lock() throws {
    let path = "\(files.path)/run"
    var first: RunDirectory? = try RunDirectory(path)
    let error = #expect(throws: TrainingError.self) { try RunDirectory(path) }
    #expect(error?.description.contains("another run is using this directory") == true)
    withExtendedLifetime(first) {}
    first = nil
    var moved: [String] = []
    _ = try RunDirectory(emptying: path) { moved.append($0) }
    #expect(moved.isEmpty)
    _ = try MetricsFile(path: "\(path)/metrics.jsonl").write(JSONLine(event: "start"))
    _ = try RunDirectory(emptying: path) { moved.append($0) }
    #expect(moved == [path + ".1"])
    #expect(FileManager.default.fileExists(atPath: "\(path).1/metrics.jsonl"))
  }

  @Test("A configuration that is a link is written where it leads, and taken back from there")
  func linkedConfiguration() throws {
    try files.write("far/other", [])
    let path = "\(files.path)/run"
    let manager = FileManager.default
    try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
    let link = "\(path)/config.toml"
    try manager.createSymbolicLink(atPath: link, withDestinationPath: "../far/config.toml")
    let directory = try RunDirectory(path)
    try directory.write(configuration: TrainingConfiguration())
    #expect(try names("far") == ["config.toml", "other"])
    _ = directory.takeBack()
    #expect(try names("far") == ["other"])
    #expect(try manager.destinationOfSymbolicLink(atPath: link) == "../far/config.toml")
  }

  @Test("If no checkpoint is valid, nothing starts over silently")
  func noneValid() async throws {
    try await trainAll()
    for step in [2, 4, 6, 8] {
      try files.change("\(folder(step))/model.safetensors") { $0[$0.count - 1] ^= 1 }
    }
    let before = try names("run/checkpoints")
    let run = try await train([])
    #expect(run.exitCode == 65)
    let lines = run.standardError.split(separator: "\n")
    #expect(lines.count == 1, "\(run.standardError)")
    for words in ["4 checkpoints, none valid", "step-0000000008", "--resume never"] {
      #expect(run.standardError.contains(words), "\(run.standardError)")
    }
    #expect(try names("run/checkpoints") == before)
    #expect(try await train(["--resume", "never"]).exitCode == 0)
    #expect(try names("run.1/checkpoints") == before)
  }

  @Test("A checkpoint that cannot be read ends the start, because the disk may recover")
  func unreadable() async throws {
    try await trainAll()
    let state = "\(files.path)/\(folder(8))/state.json"
    try FileManager.default.removeItem(atPath: state)
    // A link to itself is an error of the system even for root, and no missing file.
    try FileManager.default.createSymbolicLink(atPath: state, withDestinationPath: state)
    let run = try await train([])
    #expect(run.exitCode == 74, "\(run.standardError)")
    #expect(run.standardError.contains("symbolic links"), "\(run.standardError)")
  }

  @Test("A slash at the end of --run-dir means the same directory")
  func trailingSlash() async throws {
    try await trainAll()
    let anew = try await train(["--resume", "never"], directory: "run//")
    #expect(anew.exitCode == 0, "\(anew.standardError)")
    #expect(anew.standardOutput.contains("run: the old run is now run.1"))
    #expect(try names("run.1/checkpoints").contains("step-0000000008"))
    #expect(try names("run").contains("checkpoints"))
  }

  @Test(
    "A directory that cannot be moved aside is named with the system's reason",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func mounted() async throws {
    try FileManager.default.createDirectory(
      atPath: "\(files.path)/run", withIntermediateDirectories: false)
    let disk = try SmallFileSystem(kilobytes: 1_000, at: "\(files.path)/run")
    let first = try await train([])
    let refused = try await train(["--resume", "never"])
    try disk.unmount()
    #expect(first.exitCode == 0, "\(first.standardError)")
    #expect(refused.exitCode == 74)
    #expect(
      refused.standardError
        == "gmlp-train: run: cannot be moved aside to run.1: Device or resource busy; "
        + "choose another --run-dir\n")
  }

  @Test("Weights that a resumed run would ignore are reported or refused")
  func weightsBesideCheckpoint() async throws {
    try await trainAll()
    let weights = ["--weights", "\(folder(2))/model.safetensors"]
    let resumed = try await train(weights + ["--stop-after", "3", "--quiet"])
    #expect(resumed.exitCode == 0)
    #expect(
      resumed.standardError
        == "gmlp-train: --weights is not used: the run resumes from step 8\n")
    let refused = try await train(weights + ["--resume", folder(2)], directory: "other")
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains("--weights does not go with --resume \(folder(2))"))
    #expect(!FileManager.default.fileExists(atPath: "\(files.path)/other"))
  }

  @Test("--resume FOLDER resumes from there, and only if nothing newer exists")
  func resumeFolder() async throws {
    try await trainAll()
    let branch = try await train(["--resume", folder(4)], directory: "branch")
    #expect(branch.exitCode == 0, "\(branch.standardError)")
    #expect(branch.standardOutput.contains("resumed after step 4"))
    let last = "checkpoints/step-0000000008/model.safetensors"
    #expect(
      FileManager.default.contentsEqual(
        atPath: "\(files.path)/run/\(last)", andPath: "\(files.path)/branch/\(last)"))
    let refused = try await train(["--resume", folder(4)])
    #expect(refused.exitCode == 64)
    #expect(
      refused.standardError.contains("run: holds newer checkpoints than \(folder(4))"),
      "\(refused.standardError)")
  }

  @Test("A slow disk without a speed is reported", arguments: [nil, 3])
  func slowDisk(ranks: Int?) async throws {
    for speed in ["0", "-1", "nan", "fast"] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["--config", "run.toml", "--run-dir", "run"],
        ranks: ranks,
        environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": speed, "OMPI_MCA_orte_execute_quiet": "1"],
        directory: files.path)
      #expect(run.failed(64, "GMLP_TRAIN_SLOW_DISK_MBPS=\(speed): is not a speed"), "\(run)")
    }
  }

  @Test("Weights for another number of classes load without the head")
  func otherClasses() async throws {
    try await trainAll()
    let run = try await train(
      ["--weights", "\(folder(8))/model.safetensors", "--set", "model.num_classes=7"],
      directory: "more")
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(
      run.standardError.contains(
        "4 classes there, 7 here: head.weight and head.bias are re-initialised"),
      "\(run.standardError)")
    let others = run.standardError.split(separator: "\n").filter {
      !$0.contains("are re-initialised")
    }
    #expect(others.isEmpty, "\(run.standardError)")
  }
}
