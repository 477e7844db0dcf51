import Foundation
import RunSupport
import TestSupport
import Testing

/// What a run that is started again finds and leaves.
@Suite("Starts after an end", .serialized, .timeLimit(.minutes(60)))
struct StartAfterEndTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private func train(
    _ more: [String] = [], environment: [String: String] = [:], directory: String = "run"
  ) async throws -> MPIRun {
    try await start(more, environment: environment, directory: directory).finish()
  }

  private func start(
    _ more: [String] = [], environment: [String: String] = [:], directory: String = "run"
  ) throws -> StartedRun {
    try StartedRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "digits.toml", "--run-dir", directory, "--set", "train.checkpoint_every=2",
      ] + more, ranks: nil, environment: environment, directory: folder.path)
  }

  private func metrics(_ directory: String = "run") throws -> [[String: Any]] {
    try folder.text(of: "\(directory)/metrics.jsonl").split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
  }

  private func steps(_ directory: String = "run") throws -> [Int] {
    try metrics(directory).filter { $0["event"] as? String == "step" }.compactMap {
      $0["step"] as? Int
    }
  }

  @Test("After a kill each step is in the metrics once, with its time and its epoch from 1")
  func metricsAfterKill() async throws {
    let killed = try await train(environment: ["GMLP_TRAIN_FAULT": "0:update:6:kill"])
    #expect(killed.exitCode == 128 + SIGKILL, "\(killed)")
    #expect(try steps() == [1, 2, 3, 4, 5])
    #expect(try await train().exitCode == 0)
    #expect(try steps() == [1, 2, 3, 4, 5, 6])
    let events = try metrics()
    for event in events {
      let time = try #require(event["time"] as? String, "\(event)")
      #expect(time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil, "\(time)")
      #expect(event["schema_version"] as? Int == 2)
    }
    #expect(
      events.compactMap { $0["time"] as? String }.sorted()
        == events.compactMap { $0["time"] as? String })
    #expect(events.compactMap { $0["epoch"] as? Int } == [1, 1, 1, 1, 1, 1])
  }

  @Test("The same holds after a kill before the first checkpoint, and in a branch of another run")
  func metricsOfBranch() async throws {
    let kill = { (step: Int) in ["GMLP_TRAIN_FAULT": "0:update:\(step):kill"] }
    #expect(try await train(environment: kill(2)).exitCode == 128 + SIGKILL)
    #expect(try await train(["--stop-after", "4"]).exitCode == 75)
    #expect(try steps() == [1, 2, 3, 4])
    let branch = ["--resume", "run/checkpoints/step-0000000004"]
    let killed = try await train(branch, environment: kill(6), directory: "branch")
    #expect(killed.exitCode == 128 + SIGKILL, "\(killed)")
    #expect(try steps("branch") == [5])
    #expect(try await train(branch, directory: "branch").exitCode == 0)
    #expect(try steps("branch") == [5, 6])
    // The run's own checkpoint, by another spelling of its path.
    let own = ["--resume", "./run/../run/checkpoints/step-0000000004/"]
    #expect(try await train(own).exitCode == 0)
    #expect(try steps() == [1, 2, 3, 4, 5, 6])
  }

  @Test("Metrics whose checkpoints were removed are kept beside the new ones")
  func metricsWithoutCheckpoints() async throws {
    #expect(try await train().exitCode == 0)
    let old = try folder.text(of: "run/metrics.jsonl")
    try folder.remove("\(folder.path)/run/checkpoints")
    #expect(try await train(["--stop-after", "2"]).exitCode == 75)
    #expect(try folder.text(of: "run/metrics.jsonl.1") == old)
    #expect(try steps() == [1, 2])
  }

  @Test("The epoch of a checkpoint is that of its last step, from 1")
  func epochs() async throws {
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.steps=0", "--set",
      "train.epochs=3", "--set", "train.checkpoint_every=11", "--set", "train.keep=9",
      in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let list = try await command("checkpoints", "list", "run", "--json", in: folder.path).object()
    let entries = try #require(list["checkpoints"] as? [[String: Any]])
    // 22 steps of 64 make an epoch of the 1,438 digits.
    for entry in entries {
      let step = try #require(entry["step"] as? Int)
      #expect(entry["epoch"] as? Int == (step + 21) / 22, "\(entry)")
    }
    #expect(entries.first?["epoch"] as? Int == 3)
    for event in try metrics() where event["event"] as? String == "step" {
      let step = try #require(event["step"] as? Int)
      #expect(event["epoch"] as? Int == (step + 21) / 22)
    }
    let text = try await command("inspect", "run", in: folder.path).standardOutput
    #expect(text.contains("66, the end of epoch 3"), "\(text)")
  }

  @Test("A restart waits for a lock that the storage has not freed yet; a start by hand does not")
  func waitsForLock() async throws {
    #expect(try await train(["--stop-after", "2"]).exitCode == 75)
    var lock: RunLock? = try RunLock("\(folder.path)/run")
    for count in ["0", ""] {
      let refused = try await train(environment: ["GMLP_TRAIN_RESTART": count])
      #expect(refused.failed(64, "another run is using this directory"), "\(refused)")
    }
    let restarted = try start(environment: ["GMLP_TRAIN_RESTART": "1"])
    try await restarted.wait(forOutput: "run: the lock is still held")
    withExtendedLifetime(lock) {}
    lock = nil
    let run = try await restarted.finish()
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardError.split(separator: "\n").count == 1, "\(run)")
  }

  @Test(
    "A run stopped by its job's deadline ends with the script's exit code on all ranks",
    arguments: [nil, 3])
  func deadline(ranks: Int?) async throws {
    let past = ["GMLP_TRAIN_DEADLINE": "1"]
    let asked = ["GMLP_TRAIN_DEADLINE_EXIT_CODE": "79"]
    // The latest that is taken for one.
    let future = ["GMLP_TRAIN_DEADLINE": "999999999999"]
    for (variables, more, code) in [
      (past.merging(asked) { $1 }, [], 79), (past, [], 75),
      // What else ends a run is no matter of the deadline.
      (future.merging(asked) { $1 }, ["--set", "train.time_limit=0.000001"], 75),
      (future.merging(asked) { $1 }, ["--stop-after", "2"], 75),
      (future.merging(asked) { $1 }, [], 0),
    ] as [([String: String], [String], Int32)] {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["--config", "digits.toml", "--run-dir", "run", "--resume", "never"] + more,
        ranks: ranks,
        environment: variables.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
        directory: folder.path)
      #expect(run.exitCode == code, "\(variables), \(more): \(run)")
    }
  }

  @Test("--resume never on a link moves its target aside, and trains there")
  func linkedRun() async throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: "\(folder.path)/scratch", withIntermediateDirectories: false)
    try manager.createSymbolicLink(
      atPath: "\(folder.path)/run", withDestinationPath: "scratch/run")
    #expect(try await train().exitCode == 0)
    let anew = try await train(["--resume", "never"])
    #expect(anew.exitCode == 0, "\(anew)")
    #expect(anew.standardOutput.contains("run: the old run is now scratch/run.1"), "\(anew)")
    #expect(try manager.destinationOfSymbolicLink(atPath: "\(folder.path)/run") == "scratch/run")
    for name in ["run", "run.1"] {
      #expect(try folder.names(in: "\(folder.path)/scratch/\(name)").contains("metrics.jsonl"))
    }
    #expect(try folder.names(in: folder.path) == ["digits.toml", "run", "scratch"])
  }

  @Test("Other tools' folders among the checkpoints do not stop a start")
  func foreignFolders() async throws {
    #expect(try await train(["--stop-after", "2"]).exitCode == 75)
    let manager = FileManager.default
    for path in [
      "step-0000000002/.ipynb_checkpoints/deep", ".step-0000000001.removed/@eaDir", "@eaDir",
      ".step-0000000001.draft-1-1/x",
    ] {
      try manager.createDirectory(
        atPath: "\(folder.path)/run/checkpoints/\(path)", withIntermediateDirectories: true)
    }
    let rest = try await train(["--set", "train.evaluate_every=100"])
    #expect(rest.exitCode == 0 && rest.told.isEmpty, "\(rest)")
    let names = try folder.names(in: "\(folder.path)/run/checkpoints").filter {
      !$0.hasPrefix("best")
    }
    #expect(names.allSatisfy { $0.hasPrefix("step-") || $0 == "@eaDir" }, "\(names)")
    #expect(!names.contains("step-0000000002"))
  }

  @Test("A copy of a run whose links were followed can be evaluated and pruned")
  func dereferencedCopy() async throws {
    // The highest rate of all makes an early step the best.
    let run = try await train([
      "--set", "optimizer.learning_rate=2", "--set", "schedule.kind=constant", "--set",
      "train.steps=20", "--set", "train.evaluate_every=2", "--set", "train.ema_decay=0",
    ])
    #expect(run.exitCode == 0, "\(run)")
    let copied = try await MPIRun(
      executable: "/usr/bin/env", arguments: ["cp", "-rL", "run", "copy"], ranks: nil,
      directory: folder.path)
    try #require(copied.exitCode == 0)
    let best = try await command("evaluate", "--run-dir", "run", "--json", in: folder.path).object()
    let same = try await command("evaluate", "--run-dir", "copy", "--json", in: folder.path)
      .object()
    #expect(best["step"] as? Int == same["step"] as? Int)
    #expect(best["step"] as? Int != 20, "nothing was shown")
    let pruned = try await command("checkpoints", "prune", "copy", "--keep", "2", in: folder.path)
    #expect(pruned.exitCode == 0, "\(pruned)")
    let again = try await command("evaluate", "--run-dir", "copy", "--json", in: folder.path)
      .object()
    #expect(again["step"] as? Int == best["step"] as? Int)
  }
}
