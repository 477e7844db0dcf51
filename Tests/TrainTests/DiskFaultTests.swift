import Foundation
import RunSupport
import TestSupport
import Testing

/// Disks that fill up while a run writes to them.
@Suite("Disks that fail during a run", .serialized, .timeLimit(.minutes(60)))
struct DiskFaultTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  @Test(
    "Unwritable metrics do not stop training; lost lines are an error at its end",
    arguments: [nil, 3])
  func metrics(ranks: Int?) async throws {
    try FileManager.default.createDirectory(
      atPath: "\(files.path)/run", withIntermediateDirectories: false)
    let metrics = "\(files.path)/run/metrics.jsonl"
    try FileManager.default.createSymbolicLink(
      atPath: metrics, withDestinationPath: "/dev/full")
    let run = try await start([], ranks: ranks).finish()
    #expect(run.exitCode == 74)
    let lines = run.told
    #expect(lines.count == 2, "\(run.standardError)")
    #expect(lines.first?.contains("run/metrics.jsonl: cannot be written") == true)
    #expect(lines.first?.contains("training continues") == true)
    #expect(lines.last?.contains(" lines could not be written") == true)
    try FileManager.default.removeItem(atPath: metrics)
    let again = try await start([], ranks: ranks).finish()
    #expect(again.exitCode == 0 && again.told.isEmpty, "\(again.standardError)")
  }

  @Test(
    "Metrics that did not fit are written once there is room",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"), arguments: [nil, 3])
  func metricsUnderWay(ranks: Int?) async throws {
    try await withSmallDisk(kilobytes: 40, on: "run") { disk in
      let never = ["--set", "train.checkpoint_every=0", "--set", "train.evaluate_every=9999"]
      let run = try start(
        never + ["--steps", "700"], ranks: ranks, stoppingAt: "0:forward:600:stop")
      let stopped = try await run.stoppedProcess()
      try await run.wait(forOutput: "run/metrics.jsonl: cannot be written")
      try disk.resize(kilobytes: 10_000)
      run.resume(stopped)
      let ended = try await run.finish()
      #expect(ended.exitCode == 0, "\(ended.standardError)")
      let metrics = try String(contentsOfFile: "\(files.path)/run/metrics.jsonl", encoding: .utf8)
      let steps = metrics.split(separator: "\n").filter { $0.hasPrefix("{\"event\":\"step\"") }
      #expect(steps.count == 700)
      #expect(metrics.split(separator: "\n").allSatisfy { $0.hasSuffix("}") })
    }
  }

  @Test(
    "A full disk for checkpoints is shown, training continues, and only a failed last save is an error",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"), arguments: [nil, 3])
  func checkpoints(ranks: Int?) async throws {
    try await withSmallDisk(kilobytes: 100, on: "run/checkpoints") { disk in
      let often = ["--set", "train.checkpoint_every=2"]
      let run = try await start(often, ranks: ranks).finish()
      #expect(run.exitCode == 74)
      var lines = run.told[...]
      #expect(lines.count == 3, "\(run.standardError)")
      #expect(lines.popFirst()?.hasPrefix("gmlp-train: warning: disk: ") == true)
      #expect(lines.first?.contains("step 6 was not written, training continues") == true)
      #expect(lines.last?.contains("the checkpoint of step 8 could not be written") == true)
      let names = try FileManager.default.contentsOfDirectory(
        atPath: "\(files.path)/run/checkpoints")
      let newest = names.compactMap { $0.split(separator: "step-").last.flatMap { Int($0) } }.max()
      #expect(lines.last?.hasSuffix("the newest one is of step \(newest ?? 0)") == true, "\(lines)")
      #expect(lines.allSatisfy { $0.contains("No space left") || $0.contains("bytes needed") })
      let metrics = try String(contentsOfFile: "\(files.path)/run/metrics.jsonl", encoding: .utf8)
      #expect(metrics.contains("{\"event\":\"step\",\"step\":8,"))

      try disk.resize(kilobytes: 1_000)
      let resumed = try await start(often, ranks: ranks).finish()
      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(resumed.told.isEmpty, "\(resumed.standardError)")
    }
  }

  @Test(
    "Saving continues once the disk has room again",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func roomAgain() async throws {
    try await withSmallDisk(kilobytes: 20, on: "run/checkpoints") { disk in
      let often = ["--set", "train.checkpoint_every=10", "--steps", "100"]
      let run = try start(often, ranks: 2, stoppingAt: "0:forward:90:stop")
      let stopped = try await run.stoppedProcess()
      try await run.wait(forOutput: "was not written, training continues")
      try disk.resize(kilobytes: 1_000)
      run.resume(stopped)
      let ended = try await run.finish()
      #expect(ended.exitCode == 0, "\(ended.standardError)")
    }
  }

  @Test(
    "A stop during an evaluation whose save fails is a single error",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func interruptedEvaluation() async throws {
    let samples = 1_000
    try files.write("test-images", GoodFiles.images(samples))
    try files.write("test-labels", GoodFiles.labels(samples))
    try await withSmallDisk(kilobytes: 20, on: "run/checkpoints") { _ in
      let large = ["model.d_model=128", "model.d_ffn=512", "model.num_layers=4"]
      let run = try start(
        large.flatMap { ["--set", $0] } + ["--set", "train.evaluate_every=1"], ranks: nil,
        stoppingAt: "0:evaluate:1:stop")
      try await run.sendWhileStopped(SIGUSR2)
      let ended = try await run.finish()
      #expect(ended.exitCode == 74)
      try expectOneLine(
        ended, afterWarning: true, "the checkpoint of step 1 could not be written")
    }
  }

  @Test(
    "Checkpoints on a read-only disk are refused at the start",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func readOnly() async throws {
    try await withSmallDisk(kilobytes: 1_000, on: "run/checkpoints") { disk in
      try disk.makeReadOnly()
      let run = try await start(["--set", "train.evaluate_every=99"], ranks: nil).finish()
      #expect(run.exitCode == 74)
      try expectOneLine(
        run, "Read-only file system", "the run could not be saved")
    }
  }

  /// Starts a run; a rank may stop itself by a `fault`, until the test lets it go on.
  private func start(
    _ arguments: [String], ranks: Int?, stoppingAt fault: String? = nil
  ) throws -> StartedRun {
    var environment = ["OMPI_MCA_orte_execute_quiet": "1"]
    environment["GMLP_TRAIN_FAULT"] = fault
    let patient = ["--set", "train.hang_timeout=\(StartedRun.patienceSeconds)"]
    return try StartedRun(
      executable: "gmlp-train",
      arguments: ["--config", "run.toml", "--run-dir", "run", "--quiet"] + patient + arguments,
      ranks: ranks, environment: environment, directory: files.path)
  }

  private func withSmallDisk(
    kilobytes: Int, on folder: String, _ body: (SmallFileSystem) async throws -> Void
  ) async throws {
    let path = "\(files.path)/\(folder)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let disk = try SmallFileSystem(kilobytes: kilobytes, at: path)
    do {
      try await body(disk)
    } catch {
      try disk.unmount()
      throw error
    }
    try disk.unmount()
  }

  /// `afterWarning`: whether the disk was too small from the start, and the start said so.
  private func expectOneLine(
    _ run: MPIRun, afterWarning: Bool = false, _ words: String...
  ) throws {
    var lines = run.told[...]
    if afterWarning {
      #expect(lines.popFirst()?.hasPrefix("gmlp-train: warning: disk: ") == true)
    }
    #expect(lines.count == 1, "\(run.standardError)")
    let line = try #require(lines.first)
    for word in words {
      #expect(line.contains(word), "\(line)")
    }
  }
}
