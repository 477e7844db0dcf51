import Foundation
import RunSupport
import TestSupport
import Testing

/// Weights that timm exported, and what timm made of the images beside them.
@Suite("Weights from timm")
struct TimmWeightsTests {
  private struct Found: Decodable {
    let loss: Double
    let accuracy: Double
  }

  private static let configuration = """
    [model]
    image_size = [12, 20]
    patch_size = [4, 5]
    d_model = 24
    d_ffn = 96
    num_layers = 2
    num_classes = 7
    [data]
    mean = [0.4]
    std = [0.25]
    [train]
    steps = 1
    global_batch_size = 30
    micro_batch_size = 5
    [optimizer]
    learning_rate = 0.0
    """

  @Test(
    "They load by --weights, give timm's loss, and are saved as they were", arguments: [nil, 3])
  func roundTrip(ranks: Int?) async throws {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let folder = try TemporaryFolder()
    let files = ["images", "labels"].map { fixtures.appending(path: $0).path }
    try Self.configuration.write(
      toFile: "\(folder.path)/run.toml", atomically: true, encoding: .utf8)
    let weights = fixtures.appending(path: "timm.safetensors")
    // At a learning rate of 0 the evaluation after the only step is one of the given weights.
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "run.toml", "--run-dir", "run", "--weights", weights.path,
        "--set", "data.train=\(files)", "--set", "data.test=\(files)",
      ], ranks: ranks, directory: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")

    let evaluation = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "evaluate", "--config", "run.toml", "--weights", weights.path, "--json",
        "--set", "data.test=\(files)",
      ], ranks: ranks, directory: folder.path)
    #expect(evaluation.exitCode == 0, "\(evaluation.standardError)")

    let theirs = try JSONDecoder().decode(
      Found.self, from: Data(contentsOf: fixtures.appending(path: "timm.json")))
    let metrics = try String(contentsOfFile: "\(folder.path)/run/metrics.jsonl", encoding: .utf8)
    let line = try #require(
      metrics.split(separator: "\n").first { $0.contains("\"event\":\"evaluation\"") })
    for text in [String(line), evaluation.standardOutput] {
      let ours = try JSONDecoder().decode(Found.self, from: Data(text.utf8))
      #expect(abs(ours.loss - theirs.loss) < 1e-5 * theirs.loss)
      #expect(ours.accuracy == theirs.accuracy)
    }

    let saved = URL(filePath: folder.path)
      .appending(path: "run/checkpoints/step-0000000001/model.safetensors")
    #expect(try TensorFile(saved).tensors == TensorFile(weights).tensors)
  }
}
