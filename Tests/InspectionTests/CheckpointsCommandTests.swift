import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("checkpoints", .timeLimit(.minutes(60)))
struct CheckpointsCommandTests {
  /// A run with checkpoints after each of its six steps.
  static func run(_ folder: TemporaryFolder, _ name: String, _ more: String...) async throws {
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "digits.toml", "--run-dir", name, "--set", "train.checkpoint_every=1", "--set",
        "train.keep=9",
      ] + more, ranks: nil, directory: folder.path)
    try #require(run.exitCode == 0, "\(run.standardError)")
  }

  static func checkpoint(_ run: String, _ step: Int) -> String {
    "\(run)/checkpoints/step-000000000\(step)"
  }

  /// Flips the last bit of a file.
  static func damage(_ file: String, in folder: TemporaryFolder) throws {
    var bytes = try folder.read("\(folder.path)/\(file)")
    bytes[bytes.count - 1] ^= 1
    try folder.write(bytes, to: file)
  }

  @Test("list shows checkpoints and leftovers, also when given the folder of checkpoints")
  func list() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "run", "--threads", "2")
    let draft = try TrainedDigits.leaveDraft(in: folder, "run")
    try folder.write("short", to: "\(Self.checkpoint("run", 4))/ema.safetensors")
    for path in ["run", "run/checkpoints", "run/"] {
      let list = try await command("checkpoints", "list", path, "--json", in: folder.path).object()
      let entries = try #require(list["checkpoints"] as? [[String: Any]])
      #expect(entries.compactMap { $0["step"] as? Int } == [6, 5, 4, 3, 2, 1])
      #expect(entries.count { $0["is_best"] as? Bool == true } == 1)
      for entry in entries {
        let isWhole = entry["step"] as? Int != 4
        #expect((entry["fault"] == nil) == isWhole && (entry["weights_sha256"] != nil) == isWhole)
        #expect((entry["ranks"] as? Int == 1 && entry["threads"] as? Int == 2) == isWhole)
        #expect((entry["written"] as? String)?.hasSuffix("Z") ?? !isWhole)
        // Only the last step is evaluated.
        let isEvaluated = entry["step"] as? Int == 6
        #expect((entry["loss"] is Double && entry["accuracy"] is Double) == isEvaluated)
        let bytes = try #require(entry["bytes"] as? Int)
        #expect(bytes > 10_000 && (entry["epoch"] as? Int == 1) == isWhole)
      }
      let left = try #require(list["temporaries"] as? [[String: Any]])
      #expect(left.map { $0["name"] as? String } == [draft])
      #expect(left.map { $0["bytes"] as? Int } == [10])
    }
    let text = try await command("checkpoints", "list", "run", in: folder.path)
    #expect(text.exitCode == 0 && text.standardError.isEmpty)
    #expect(text.standardOutput.contains("left over: \(draft)"), "\(text)")
    #expect(text.standardOutput.contains("unreadable\n"), "\(text)")
    #expect(text.standardOutput.contains("1 × 2"), "\(text)")
    #expect(text.standardOutput.contains(/step +epoch +loss +accuracy +size/), "\(text)")
    #expect(text.standardOutput.contains(/\n6 +1 +\d\.\d{4} +\d+\.\d\d %/), "\(text)")
    #expect(text.standardOutput.contains(/\n3 +1 +- +- +\d/), "\(text)")
  }

  @Test("The directory of a run may have a name like that of a checkpoint")
  func confusingName() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "step-width")
    let verified = try await command("checkpoints", "verify", "step-width", in: folder.path)
    #expect(verified.exitCode == 0, "\(verified)")
    #expect(verified.standardOutput.contains("a resume would start from step 6\n"), "\(verified)")
    let listed = try await command("checkpoints", "list", "step-width", in: folder.path)
    #expect(listed.exitCode == 0, "\(listed)")
  }

  @Test("verify reads every byte and names the damage and the checkpoint to resume from")
  func verify() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "run")
    let good = try await command("checkpoints", "verify", "run", in: folder.path)
    #expect(good.exitCode == 0 && good.standardError.isEmpty)
    #expect(good.standardOutput.contains("a resume would start from step 6\n"), "\(good)")
    #expect(good.standardOutput.split(separator: "\n").count { $0.hasPrefix("valid ") } == 6)
    try Self.damage("\(Self.checkpoint("run", 6))/optimizer.safetensors", in: folder)
    try Self.damage("\(Self.checkpoint("run", 3))/model.safetensors", in: folder)
    let bad = try await command("checkpoints", "verify", "run", in: folder.path)
    #expect(bad.failed(65, "run: damaged checkpoints: 2 of 6"), "\(bad)")
    let lines = bad.standardOutput.split(separator: "\n")
    let first = try #require(lines.first)
    #expect(first.hasPrefix("damaged ") && first.contains("6/optimizer.safetensors"))
    #expect(lines.last == "a resume would start from step 5")
    let json = try await command("checkpoints", "verify", "run", "--json", in: folder.path)
    #expect(json.exitCode == 65)
    #expect(try json.object()["resume_step"] as? Int == 5)
    let one = try await command(
      "checkpoints", "verify", Self.checkpoint("run", 5), in: folder.path)
    #expect(one.exitCode == 0 && one.standardOutput.hasPrefix("valid "), "\(one)")
    let damaged = try await command(
      "checkpoints", "verify", Self.checkpoint("run", 3), in: folder.path)
    #expect(damaged.failed(65, "1 of 1"), "\(damaged)")
    // The run agrees.
    let resumed = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.steps=6", in: folder.path)
    #expect(resumed.standardError.contains("step-0000000006 is skipped"), "\(resumed)")
  }

  @Test("diff distinguishes equal from different, and names keys and places")
  func diff() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "one")
    try await Self.run(folder, "two")
    try await Self.run(folder, "three", "--set", "seed=1")
    let (one, two, three) = (
      Self.checkpoint("one", 6), Self.checkpoint("two", 6), Self.checkpoint("three", 6)
    )
    let equal = try await command("checkpoints", "diff", one, two, in: folder.path)
    #expect(equal.exitCode == 0 && equal.standardError.isEmpty, "\(equal)")
    #expect(equal.standardOutput.hasSuffix("0 values of the state differ, 0 of 104 tensors\n"))
    let other = try await command("checkpoints", "diff", one, three, "--json", in: folder.path)
    #expect(other.exitCode == 1 && other.standardError.isEmpty)
    let keys = try #require(try other.object()["keys"] as? [[String: String]])
    #expect(keys.contains(["name": "configuration.seed", "first": "0", "second": "1"]), "\(keys)")
    let path = "\(one)/model.safetensors"
    let file = try folder.read("\(folder.path)/\(path)")
    var changed = file
    // The last tensor is the stem's weight (16, 1, 4, 4): its last element gets another exponent.
    changed[changed.count - 1] ^= 0x01
    try folder.write(changed, to: "changed.safetensors")
    let files = try await command(
      "checkpoints", "diff", path, "changed.safetensors", "--json", in: folder.path)
    #expect(files.exitCode == 1)
    let tensors = try #require(try files.object()["tensors"] as? [[String: Any]])
    let differing = tensors.filter { $0["differing"] as? Int != 0 }
    try #require(tensors.count == 26 && differing.count == 1)
    #expect(differing[0]["differing"] as? Int == 1 && differing[0]["elements"] as? Int == 256)
    let greatest = try #require(differing[0]["greatest"] as? [String: Any])
    #expect(greatest["place"] as? [Int] == [15, 0, 3, 3])
    let first = try #require(greatest["first"] as? Double)
    let second = try #require(greatest["second"] as? Double)
    #expect(greatest["difference"] as? Double == abs(first - second) && first != second)
    try Self.damage("\(three)/ema.safetensors", in: folder)
    let damaged = try await command("checkpoints", "diff", one, three, in: folder.path)
    #expect(damaged.failed(65, "ema.safetensors", "digest"), "\(damaged)")
  }

  @Test("prune removes old checkpoints and drafts, keeps the best, and a dry run removes nothing")
  func prune() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "run", "--set", "train.evaluate_every=1")
    let draft = try TrainedDigits.leaveDraft(in: folder, "run")
    let checkpoints = "\(folder.path)/run/checkpoints"
    // The links say nothing: what is the best stands in the newest valid state.
    let best = try Self.bestSteps(of: "\(Self.checkpoint("run", 5))/state.json", in: folder)
    try folder.remove("\(checkpoints)/best")
    try FileManager.default.createSymbolicLink(
      atPath: "\(checkpoints)/best", withDestinationPath: "step-0000000001")
    try Self.damage("\(Self.checkpoint("run", 6))/ema.safetensors", in: folder)
    let before = try folder.names(in: checkpoints)
    let trial = try await command(
      "checkpoints", "prune", "run", "--keep", "2", "--dry-run", "--json", in: folder.path)
    #expect(trial.exitCode == 0 && trial.standardError.contains("step-0000000006 is not counted"))
    #expect(try folder.names(in: checkpoints) == before)
    let pruned = try await command(
      "checkpoints", "prune", "run/checkpoints", "--keep", "2", "--json", in: folder.path)
    #expect(pruned.exitCode == 0)
    var (told, done) = (try trial.object(), try pruned.object())
    for key in ["is_dry_run", "path"] { (told[key], done[key]) = (nil, nil) }
    #expect(NSDictionary(dictionary: told) == NSDictionary(dictionary: done))
    let kept = best.union([6, 5, 4])
    #expect(done["kept_steps"] as? [Int] == kept.sorted(by: >))
    let removed = try #require(done["removed"] as? [[String: Int]])
    #expect(removed.compactMap { $0["step"] } == [3, 2, 1].filter { !kept.contains($0) })
    #expect(done["freed_bytes"] as? Int == removed.reduce(10) { $0 + ($1["bytes"] ?? 0) })
    let names = try folder.names(in: checkpoints)
    #expect(names == ["best", "best-averaged"] + kept.sorted().map { "step-000000000\($0)" })
    #expect(!names.contains(draft))
  }

  @Test("A checkpoint that contains names that are not UTF-8 is listed and removed completely")
  func nameBytes() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "run")
    let made = try await MPIRun(
      executable: "/bin/sh",
      arguments: [
        "-c",
        #"cd "$0" && bad=$(printf 'b\303') && mkdir "$bad" && echo 123 >"$bad/$bad" && "#
          + #"echo 123456789 >"x$bad""#, "\(folder.path)/\(Self.checkpoint("run", 1))",
      ], ranks: nil)
    try #require(made.exitCode == 0, "\(made)")
    let list = try await command("checkpoints", "list", "run", in: folder.path)
    #expect(list.exitCode == 0 && list.standardError.isEmpty, "\(list)")
    try folder.remove("\(folder.path)/run/lock")
    let pruned = try await command("checkpoints", "prune", "run", "--keep", "2", in: folder.path)
    #expect(pruned.exitCode == 0 && pruned.standardError.isEmpty, "\(pruned)")
    #expect(try !folder.names(in: "\(folder.path)/run").contains("lock"))
    let left = try folder.names(in: "\(folder.path)/run/checkpoints")
    #expect(!left.contains("step-0000000001") && !left.contains { $0.hasPrefix(".") }, "\(left)")
  }

  @Test("Checkpoints that appear or vanish during inspection are not errors")
  func besideRun() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let run = try StartedRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "digits.toml", "--run-dir", "run", "--set", "train.steps=1000000", "--set",
        "train.checkpoint_every=1", "--set", "train.keep=2", "--quiet",
      ], ranks: nil, directory: folder.path)
    let metrics = "\(folder.path)/run/metrics.jsonl"
    try await run.wait(for: "{\"event\":\"checkpoint\",\"step\":9,", inFile: metrics)
    for _ in 1...5 {
      for arguments in [["list"], ["verify"], ["prune", "--keep", "2", "--dry-run"]] {
        let look = try await MPIRun(
          executable: "gmlp-train", arguments: ["checkpoints"] + arguments + ["run"], ranks: nil,
          directory: folder.path)
        #expect(look.exitCode == 0 && look.standardError.isEmpty, "\(arguments): \(look)")
      }
    }
    run.send(SIGUSR2)
    #expect(try await run.finish().exitCode == 75)
  }

  /// The steps that a state calls the best of some kind.
  static func bestSteps(of state: String, in folder: TemporaryFolder) throws -> Set<Int> {
    let object = try JSONSerialization.jsonObject(
      with: Data(folder.read("\(folder.path)/\(state)")))
    let best = (object as? [String: Any])?["best_by_kind"] as? [String: [String: Any]]
    return Set(try #require(best).values.compactMap { $0["step"] as? Int })
  }

  @Test("prune refuses while a run is active")
  func locked() async throws {
    let folder = try TemporaryFolder()
    try await Self.run(folder, "run")
    let lock = try RunLock("\(folder.path)/run")
    let before = try folder.names(in: "\(folder.path)/run/checkpoints")
    for path in ["run", "run/checkpoints"] {
      let refused = try await command("checkpoints", "prune", path, "--keep", "2", in: folder.path)
      #expect(refused.failed(64, "a run is using this directory"), "\(refused)")
    }
    #expect(try folder.names(in: "\(folder.path)/run/checkpoints") == before)
    withExtendedLifetime(lock) {}
  }
}
