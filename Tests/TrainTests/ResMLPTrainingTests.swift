import Foundation
import RunSupport
import TestSupport
import Testing

/// A small ResMLP on the built-in digits, with real ranks.
@Suite("Training a ResMLP", .timeLimit(.minutes(60)), .serialized)
struct ResMLPTrainingTests {
  private let folder: TemporaryFolder

  /// The batch is no multiple of anything; an epoch border and evaluations lie inside.
  private static let configuration = """
    seed = 5
    [model]
    kind = "resmlp"
    image_size = [8, 8]
    patch_size = [2, 2]
    d_model = 24
    d_ffn = 50
    num_layers = 2
    survival_probability = 0.9
    dropout = 0.1
    [data]
    format = "digits"
    [train]
    steps = 70
    global_batch_size = 46
    micro_batch_size = 2
    label_smoothing = 0.1
    ema_decay = 0.9
    bucket_mb = 0.01
    checkpoint_every = 10
    [optimizer]
    learning_rate = 1e-2
    [schedule]
    warmup_steps = 4
    """

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "run.toml")
  }

  /// The line with the digest of the weights at the end of a run.
  private func train(
    _ name: String, ranks: Int?, _ arguments: [String] = [], exitCode: Int32 = 0
  ) async throws -> String {
    try await trainedDigest(
      "run.toml", run: name, ranks: ranks, arguments, exitCode: exitCode, in: folder.path)
  }

  @Test(
    "It ends with the same weights for 1, 2, 3, 5 and 8 ranks, threads and sub-batches",
    arguments: ["fp32", "bf16"])
  func exactness(precision: String) async throws {
    let setting = [
      "--set", "train.precision=\(precision)", "--set", "train.products=portable",
    ]
    let one = try await train("one", ranks: nil, setting)
    for ranks in [2, 3, 5, 8] {
      #expect(try await train("run\(ranks)", ranks: ranks, setting) == one, "\(ranks) ranks")
    }
    #expect(try await train("threads", ranks: nil, setting + ["--threads", "2"]) == one)
    let cut = setting + ["--set", "train.sub_batch_size=1"]
    #expect(try await train("cut", ranks: nil, cut) == one)
    #expect(try await train("seed", ranks: nil, setting + ["--set", "seed=6"]) != one)

    let losses = try String(contentsOfFile: "\(folder.path)/one/metrics.jsonl", encoding: .utf8)
      .split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }.filter { $0["event"] as? String == "step" }.compactMap { $0["loss"] as? Double }
    #expect(losses.count == 70)
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.8 * first, "\(losses)")
  }

  @Test("It stops, and resumes on other ranks to the same weights")
  func resume() async throws {
    let whole = try await train("whole", ranks: nil)
    _ = try await train("parts", ranks: 2, ["--stop-after", "17"], exitCode: 75)
    #expect(try await train("parts", ranks: 3) == whole)
  }

  @Test("Incompatible keys are refused by name")
  func refused() async throws {
    for (setting, words) in [
      ("model.input=text", ["model.input = \"text\"", "kind = \"resmlp\""]),
      ("model.toeplitz=true", ["model.toeplitz = true", "is for kind = \"gmlp\""]),
      ("model.d_token=4", ["model.d_token = 4", "is for kind = \"mixer\", not for \"resmlp\""]),
    ] {
      let run = try await command("--config", "run.toml", "--set", setting, in: folder.path)
      #expect(run.failed(64, words[0], words[1]), "\(run)")
    }
  }
}
