import Foundation
import TestSupport
import Testing

/// Weights after a few steps, the same on every processor and in every build.
///
/// `.ci/portable` passes them with a program built for AVX2.
@Suite("Digests of every processor", .timeLimit(.minutes(60)))
struct PortableDigestTests {
  /// A model on the built-in digits, and its weights after some steps.
  struct Golden: Sendable, CustomTestStringConvertible {
    let name: String
    let settings: [String]
    let steps: Int
    let digest: String

    var testDescription: String { name }
  }

  private static let transformer = [
    "model.kind=transformer", "model.num_heads=4", "model.class_token=true",
    "model.positions=learned",
  ]

  static let golden = [
    Golden(
      name: "gMLP", settings: [], steps: 22,
      digest: "b4acafe526f7ba76f04142cc82d56ec193491e37f7cce05001d06a0ae212474e"),
    Golden(
      name: "gMLP, bf16", settings: ["train.precision=bf16"], steps: 22,
      digest: "86860f1b27b47d36f6bf795e50dfc3e01ec2422463b2a8ff28b59167da9da630"),
    Golden(
      name: "gMLP, Toeplitz, averaged", settings: ["model.toeplitz=true", "train.ema_decay=0.99"],
      steps: 5, digest: "7f38a0f78d2ad74e83204791c73f84cc57f14550d1652e20008600f8c90a9760"),
    Golden(
      name: "aMLP, bf16", settings: ["model.attention_size=16", "train.precision=bf16"], steps: 5,
      digest: "225326072093ee2bf8ec431172a3e8c28db282c47d6f9ca9d7d58857f26755e2"),
    Golden(
      name: "Transformer",
      settings: transformer, steps: 5,
      digest: "5d3e91bc1aab03b185c3fe3ac2bc519f6d8c61650f0713cc2b955e17e1e2fd50"),
    Golden(
      name: "Transformer, bf16",
      settings: transformer + ["train.precision=bf16"], steps: 5,
      digest: "af51baad9e5c0a023259231b92384ac2dbb4e9cbef46c9f84d819a65563f867e"),
    Golden(
      name: "Mixer", settings: ["model.kind=mixer", "model.d_token=24"], steps: 5,
      digest: "b36e3cfde42901847b07b891bc6e2ab053e08c6ef85c2ed571351f41c472291a"),
  ]

  @Test("A model ends with its digest", arguments: golden)
  func digest(golden: Golden) async throws {
    let folder = try TemporaryFolder()
    let settings = (golden.settings + ["train.products=portable"]).flatMap { ["--set", $0] }
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", LaunchFolder.package.appending(path: "configs/digits.toml").path, "--run-dir",
        "run", "--stop-after", "\(golden.steps)",
      ] + settings, ranks: nil, directory: folder.path, deadlineSeconds: 1_500)
    #expect(run.exitCode == 75, "\(run)")
    #expect(run.standardOutput.contains("weights sha256 \(golden.digest)"), "\(run)")
  }
}
