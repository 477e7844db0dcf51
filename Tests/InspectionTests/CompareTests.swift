import Digests
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Hardware

/// Planted differences, each of which `compare` is to find and name.
@Suite("compare", .timeLimit(.minutes(60)))
struct CompareTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What `compare --json` says of two runs of the folder.
  private func compare(
    _ first: String, _ second: String, exitCode: Int32 = 1
  ) async throws -> [String: Any] {
    let run = try await command("compare", first, second, "--json", in: folder.path)
    #expect(run.exitCode == exitCode, "\(run)")
    return try run.object()
  }

  /// The last element of the weights in `checkpoint` with another lowest bit of its exponent, sealed again.
  private func flipBit(in checkpoint: String) throws {
    let file = "\(checkpoint)/model.safetensors"
    var bytes = try folder.read("\(folder.path)/\(file)")
    bytes[bytes.count - 1] ^= 1
    try folder.write(bytes, to: file)
    var digest = SHA256()
    digest.update(bytes.span)
    let sha256 = digest.hexadecimal
    try folder.reseal(checkpoint) { state in
      var files = try #require(state["files"] as? [String: Any])
      var record = try #require(files["model.safetensors"] as? [String: Any])
      record["sha256"] = sha256
      files["model.safetensors"] = record
      state["files"] = files
    }
  }

  @Test("Runs on one and on two threads are the same, although a key differs")
  func same() async throws {
    try await CheckpointsCommandTests.run(folder, "one")
    try await CheckpointsCommandTests.run(folder, "two", "--threads", "2")
    let found = try await compare("one", "two", exitCode: 0)
    #expect(found["is_same"] as? Bool == true && found["common_steps"] as? Int == 6)
    #expect(found["first_difference"] == nil && found["cause"] == nil, "\(found)")
    let keys = try #require(found["configuration"] as? [[String: Any]])
    let threads = try #require(keys.first { $0["name"] as? String == "train.threads" })
    #expect(threads["first"] as? String == "1" && threads["second"] as? String == "2")
    #expect(threads["decides_bits"] as? Bool == false)
    let text = try await command("compare", "one", "two", in: folder.path)
    #expect(text.exitCode == 0 && text.standardOutput.contains("same: 6 steps with equal bits"))
  }

  @Test("One bit of one weight in a checkpoint is found, with its tensor and place")
  func bit() async throws {
    try await CheckpointsCommandTests.run(folder, "one")
    try await CheckpointsCommandTests.run(folder, "two")
    let changed = CheckpointsCommandTests.checkpoint("two", 3)
    try flipBit(in: changed)
    let found = try await compare("one", "two")
    let first = try #require(found["first_difference"] as? [String: Any])
    #expect(first["event"] as? String == "checkpoint" && first["step"] as? Int == 3, "\(found)")
    #expect(first["name"] as? String == "model.safetensors")
    let cause = try #require(found["cause"] as? [String: Any])
    #expect(cause["found_by"] as? String == "checkpoint" && cause["part"] as? String == "weights")
    #expect(cause["layer"] as? String == "stem", "\(cause)")
    #expect(cause["differing"] as? Int == 1 && cause["elements"] as? Int == 256)
    let greatest = try #require(cause["greatest"] as? [String: Any])
    #expect(greatest["place"] as? [Int] == [15, 0, 3, 3])
  }

  @Test("A run that went on from a changed weight is replayed, and the tensor named")
  func changedResume() async throws {
    try await CheckpointsCommandTests.run(folder, "one")
    try await CheckpointsCommandTests.run(folder, "two")
    try flipBit(in: CheckpointsCommandTests.checkpoint("two", 3))
    for step in 4...6 {
      try folder.remove("\(folder.path)/\(CheckpointsCommandTests.checkpoint("two", step))")
    }
    try await CheckpointsCommandTests.run(folder, "two")
    // What is on the disk cannot tell: only a replay of the steps can.
    for step in 3...6 {
      try folder.remove("\(folder.path)/\(CheckpointsCommandTests.checkpoint("one", step))")
    }
    let found = try await compare("one", "two")
    let first = try #require(found["first_difference"] as? [String: Any])
    #expect(first["event"] as? String == "step" && first["step"] as? Int == 4, "\(found)")
    let cause = try #require(found["cause"] as? [String: Any])
    #expect(cause["found_by"] as? String == "replay" && cause["part"] as? String == "weights")
    #expect(cause["step"] as? Int == 3 && cause["layer"] as? String == "stem", "\(cause)")
  }

  @Test("Another image is found by its number, with the micro-batch that it is in")
  func image() async throws {
    let files = try GoodFiles()
    // The last pixel of image 37, behind the header of 16 bytes.
    try files.change("train-images", as: "other-images") { $0[16 + 64 * 38 - 1] ^= 0x80 }
    try files.write(
      "other.toml",
      Array(GoodFiles.configuration.replacing("\"train-images\"", with: "\"other-images\"").utf8))
    for (configuration, name) in [("run.toml", "one"), ("other.toml", "two")] {
      let run = try await command(
        "--config", configuration, "--run-dir", name, in: files.path)
      try #require(run.exitCode == 0, "\(run)")
    }
    let run = try await command("compare", "one", "two", "--json", in: files.path)
    #expect(run.exitCode == 1, "\(run)")
    let found = try run.object()
    let conditions = try #require(found["conditions"] as? [[String: String]])
    #expect(conditions.contains { $0["name"] == "dataset_digest" }, "\(conditions)")
    let cause = try #require(found["cause"] as? [String: Any])
    #expect(cause["part"] as? String == "input" && cause["sample"] as? Int == 37, "\(cause)")
    #expect((0..<8).contains(cause["micro_batch"] as? Int ?? -1) && cause["tensor"] is String)
  }

  @Test(
    "Another kernel of OpenBLAS is named, and a replay tells whose numbers this machine has",
    .enabled(if: LibraryKernels().chooseByFeatures, "needs OpenBLAS 0.3.20 with DYNAMIC_ARCH"),
    .enabled(if: LibraryKernels().processor > .sse, "needs a processor with AVX"))
  func core() async throws {
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let runs: [(name: String, environment: [String: String])] = [
      ("one", [:]), ("two", ["OPENBLAS_CORETYPE": "Prescott"]),
    ]
    for (name, environment) in runs {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: [
          "--config", "digits.toml", "--run-dir", name, "--set", "train.products=openblas", "--set",
          "train.checkpoint_every=1", "--set", "train.keep=9",
        ], ranks: nil, environment: environment, directory: folder.path)
      try #require(run.exitCode == 0, "\(run)")
    }
    let found = try await compare("one", "two")
    let conditions = try #require(found["conditions"] as? [[String: String]])
    let core = try #require(conditions.first { $0["name"] == "cpu" })
    #expect(core["second"] == "Prescott" && core["first"] != "Prescott", "\(conditions)")
    let keys = try #require(found["configuration"] as? [[String: Any]])
    #expect(keys.isEmpty, "\(keys)")
    let first = try #require(found["first_difference"] as? [String: Any])
    #expect(first["step"] as? Int == 1, "\(first)")
    let notes = try #require(found["notes"] as? [String])
    #expect(!notes.contains { $0.hasPrefix("one: step") }, "\(notes)")
    let cause = try #require(found["cause"] as? [String: Any])
    // Where the first loss is still the same, the checkpoint after it tells.
    if first["event"] as? String == "step", first["name"] as? String == "loss" {
      #expect(notes.contains { $0.hasPrefix("two: step 1 had the loss") }, "\(notes)")
    }
    #expect(cause["part"] as? String == "weights" && cause["step"] as? Int == 1, "\(cause)")
  }

  @Test("Another configuration is named, and without a replay nothing is computed")
  func configuration() async throws {
    try await CheckpointsCommandTests.run(folder, "one")
    try await CheckpointsCommandTests.run(folder, "two", "--set", "seed=1")
    let text = try await command("compare", "one", "two", "--no-replay", in: folder.path)
    #expect(text.exitCode == 1, "\(text)")
    #expect(text.standardOutput.contains(/\nseed +0 \| 1\n/), "\(text)")
    #expect(text.standardOutput.contains("different from step 1 on: step: accuracy "), "\(text)")
    #expect(text.standardOutput.contains("train.record_digests = true in both"), "\(text)")
    let found = try await compare("one", "two")
    let cause = try #require(found["cause"] as? [String: Any])
    #expect(cause["part"] as? String == "weights" && cause["step"] as? Int == 0, "\(cause)")
  }

  @Test("Recorded digests name the rank whose sums differ")
  func digests() async throws {
    let record = ["--set", "train.record_digests=true"]
    let runs: [(name: String, more: [String])] = [
      ("one", []), ("two", ["--set", "train.label_smoothing=0.1"]),
    ]
    for (name, more) in runs {
      try folder.write(TrainedDigits.configuration, to: "digits.toml")
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["--config", "digits.toml", "--run-dir", name] + record + more, ranks: 2,
        directory: folder.path)
      try #require(run.exitCode == 0, "\(run)")
    }
    let found = try await compare("one", "two")
    let first = try #require(found["first_difference"] as? [String: Any])
    #expect(first["event"] as? String == "digests" && first["step"] as? Int == 1, "\(first)")
    #expect(first["name"] as? String == "node_sums_sha256 of rank 0")
    let cause = try #require(found["cause"] as? [String: Any])
    #expect(cause["part"] as? String == "gradient" && cause["micro_batch"] as? Int == 0)
    let layer = try #require(cause["layer"] as? String)
    #expect(["norm", "head"].contains(layer), "\(cause)")
  }

  @Test("What is no run ends with 65 and says what to name")
  func noRun() async throws {
    try folder.write("", to: "empty/metrics.jsonl")
    for name in ["nothing", "empty"] {
      let run = try await command("compare", name, name, in: folder.path)
      #expect(run.failed(65, "\(name)/metrics.jsonl", "name the directory of a run"), "\(run)")
    }
  }
}
