import Foundation
import RunSupport
import TestSupport
import Testing

/// Sweeps that find runs in their folder which began with other weights or other data.
@Suite("Reuse of a sweep's runs", .timeLimit(.minutes(60)))
struct SweepReuseTests {
  private let folder: TemporaryFolder
  private let variant = "config = \"digits.toml\"\n[[variant]]\nname = \"one\"\n"

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  @Test("Finished runs are the sweep's only from the same weights, by content and not by path")
  func otherWeights() async throws {
    for (run, seed) in [("first", "seed=7"), ("second", "seed=8")] {
      let trained = try await command(
        "--config", "digits.toml", "--run-dir", run, "--set", seed, in: folder.path)
      #expect(trained.exitCode == 0, "\(trained)")
    }
    func path(_ run: String) -> String {
      "\(folder.path)/\(run)/checkpoints/step-0000000006/model.safetensors"
    }
    try folder.write(folder.read(path("first")), to: "w.safetensors")
    func sweep(_ weights: String) async throws -> MPIRun {
      try folder.write("\(variant)weights = \"\(weights)\"\n", to: "given.toml")
      return try await command("sweep", "given.toml", in: folder.path)
    }
    let trained = try await sweep("w.safetensors")
    #expect(trained.exitCode == 0 && trained.standardOutput.contains("run 1 of 1"), "\(trained)")
    let start = try #require(
      try folder.text(of: "runs/given/one-seed0/metrics.jsonl").split(separator: "\n").first)
    #expect(start.contains(/"given_weights_sha256":"[0-9a-f]{64}"/), "\(start)")
    // Another path with the same contents is the same.
    for same in ["w.safetensors", path("first")] {
      let again = try await sweep(same)
      #expect(again.exitCode == 0 && !again.standardOutput.contains("run 1"), "\(again)")
    }
    for (weights, words) in [(path("second"), "began with weights with digest"), ("", "random")] {
      let other = try await sweep(weights)
      #expect(other.failed(64, "runs/given/one-seed0", words, "remove the run"), "\(other)")
    }
    try folder.write(folder.read(path("second")), to: "w.safetensors")
    let changed = try await sweep("w.safetensors")
    #expect(changed.failed(64, "runs/given/one-seed0", "w.safetensors has"), "\(changed)")
    try folder.remove("\(folder.path)/w.safetensors")
    let gone = try await sweep("w.safetensors")
    #expect(gone.exitCode == 0 && !gone.standardOutput.contains("run 1"), "\(gone)")
    #expect(gone.complaints.count == 1, "\(gone)")
    #expect(gone.standardError.contains("w.safetensors are kept"), "\(gone)")
  }

  @Test("Finished runs are the sweep's only with the same data, by content and not by path")
  func otherData() async throws {
    let names = ["images", "labels", "test-images", "test-labels"]
    let files = names.map { "\"\($0)\"" }
    let configuration = TrainedDigits.configuration
      .replacing("format = \"digits\"", with: "format = \"idx\"")
      .replacing("train = []", with: "train = [\(files[0]), \(files[1])]")
      .replacing("test = []", with: "test = [\(files[2]), \(files[3])]")
    try folder.write(configuration, to: "digits.toml")
    try folder.write(variant, to: "small.toml")
    func images(_ first: UInt8) -> [UInt8] {
      let pixels = (0..<64 * 64).map { UInt8(truncatingIfNeeded: 7 * $0) &+ first }
      return IDXBytes.images(64, rows: 8, columns: 8, pixels: pixels)
    }
    let labels = IDXBytes.labels((0..<64).map { UInt8($0 % 10) })
    for (name, bytes) in zip(names, [images(0), labels, images(1), labels]) {
      try folder.write(bytes, to: name)
    }
    let trained = try await command("sweep", "small.toml", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    for (name, bytes, words) in [
      ("images", images(0), "training set"), ("test-images", images(1), "test set"),
    ] {
      try folder.write(images(9), to: name)
      for option in ["--json", "--show"] {
        let other = try await command("sweep", "small.toml", option, in: folder.path)
        #expect(other.failed(64, "runs/small/one-seed0", words, "remove the run"), "\(other)")
      }
      try folder.write(bytes, to: name)
      let same = try await command("sweep", "small.toml", in: folder.path)
      #expect(same.exitCode == 0 && !same.standardOutput.contains("run 1"), "\(same)")
    }
  }
}
