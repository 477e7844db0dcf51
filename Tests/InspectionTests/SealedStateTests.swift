import Digests
import Foundation
import RunSupport
import TestSupport
import Testing

/// States that were edited and sealed again: every digest is right, and no run can go on from them.
@Suite("Sealed states", .timeLimit(.minutes(60)))
struct SealedStateTests {
  private let folder: TemporaryFolder

  init() async throws {
    folder = try TemporaryFolder()
    try await CheckpointsCommandTests.run(folder, "run")
  }

  private let newest = CheckpointsCommandTests.checkpoint("run", 6)

  /// Changes the state of the newest checkpoint and gives it the right digest.
  private func reseal(_ change: (inout [String: Any]) throws -> Void) throws {
    try folder.reseal(newest, change)
  }

  private func digest(_ bytes: [UInt8]) -> String {
    var digest = SHA256()
    digest.update(bytes.span)
    return digest.hexadecimal
  }

  /// Replaces a file of the newest checkpoint, and what the state says of it.
  private func replace(_ name: String, with bytes: [UInt8]) throws {
    try folder.write(bytes, to: "\(newest)/\(name)")
    try reseal { state in
      var files = try #require(state["files"] as? [String: Any])
      files[name] = ["bytes": bytes.count, "sha256": digest(bytes)]
      state["files"] = files
    }
  }

  /// What verify calls refused a resume refuses, with the same words.
  private func expectRefusal(_ words: String) async throws {
    let verified = try await command("checkpoints", "verify", "run", "--json", in: folder.path)
    #expect(verified.exitCode == 65, "\(verified)")
    let object = try verified.object()
    #expect(object["refused_step"] as? Int == 6 && object["resume_step"] == nil, "\(verified)")
    let entries = try #require(object["checkpoints"] as? [[String: Any]])
    #expect((entries.first?["fault"] as? String)?.contains(words) == true, "\(entries)")
    let text = try await command("checkpoints", "verify", "run", in: folder.path)
    #expect(text.standardOutput.contains("a resume would refuse step 6"), "\(text)")
    let resumed = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.checkpoint_every=1", "--set",
      "train.keep=9", in: folder.path)
    #expect(resumed.failed(65, words), "\(resumed)")
  }

  @Test("One without the optimizer's file")
  func noOptimizer() async throws {
    try reseal { state in
      var files = try #require(state["files"] as? [String: Any])
      files["optimizer.safetensors"] = nil
      state["files"] = files
    }
    try await expectRefusal("the checkpoint has no optimizer.safetensors")
  }

  @Test("One whose optimizer lacks a tensor")
  func noMoment() async throws {
    var file = try SafeTensorsBytes("\(folder.path)/\(newest)/optimizer.safetensors")
    file.tensors["exp_avg.norm.bias"] = nil
    try replace("optimizer.safetensors", with: file.bytes)
    try await expectRefusal("no tensor is called exp_avg.norm.bias")
  }

  @Test("One whose moments or averages have another shape, which ended a resume in a trap")
  func otherShape() async throws {
    for (name, tensor) in [
      ("optimizer.safetensors", "exp_avg_sq.norm.bias"), ("ema.safetensors", "norm.bias"),
    ] {
      var file = try SafeTensorsBytes("\(folder.path)/\(newest)/\(name)")
      file.tensors[tensor] = .init(type: "F32", shape: [1], data: [0, 0, 0, 0])
      let good = try folder.read("\(folder.path)/\(newest)/\(name)")
      try replace(name, with: file.bytes)
      try await expectRefusal("\(tensor) has shape [1], the model needs [16]")
      try replace(name, with: good)
    }
  }

  @Test("One whose configuration cannot be read")
  func badConfiguration() async throws {
    try reseal { $0["configuration"] = "[model]\nno_such_key = 1\n" }
    let verified = try await command("checkpoints", "verify", "run", in: folder.path)
    #expect(verified.failed(65, "1 of 6"), "\(verified)")
    #expect(verified.standardOutput.contains("no_such_key"), "\(verified)")
    #expect(verified.standardOutput.contains("a resume would refuse step 6"), "\(verified)")
    let resumed = try await command("--config", "digits.toml", "--run-dir", "run", in: folder.path)
    #expect(resumed.exitCode != 0 && resumed.standardError.contains("no_such_key"), "\(resumed)")
  }

  @Test(
    "Numbers that would overflow are damage, and the checkpoint before serves",
    arguments: ["samples_seen", "step", "epoch", "metrics_bytes"])
  func hugeNumbers(key: String) async throws {
    try reseal { $0[key] = Int.max }
    let verified = try await command("checkpoints", "verify", "run", "--json", in: folder.path)
    #expect(try verified.object()["resume_step"] as? Int == 5, "\(verified)")
    let resumed = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.checkpoint_every=1", "--set",
      "train.keep=9", in: folder.path)
    #expect(resumed.exitCode == 0, "\(resumed)")
    #expect(resumed.standardError.contains("number that no run can have"), "\(resumed)")
  }
}
