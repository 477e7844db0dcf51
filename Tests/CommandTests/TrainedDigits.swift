import Foundation
import TestSupport
import Testing

/// A tiny model of the built-in digits, trained for six steps into `run` of a folder of its own.
struct TrainedDigits {
  /// A configuration that a test can train in a moment.
  static let configuration = """
    [model]
    image_size = [8, 8]
    patch_size = [4, 4]
    d_model = 16
    d_ffn = 32
    num_layers = 2
    [data]
    format = "digits"
    train = []
    test = []
    [train]
    steps = 6
    global_batch_size = 64
    micro_batch_size = 16
    checkpoint_every = 3
    ema_decay = 0.5
    [schedule]
    warmup_steps = 2
    """

  let folder: TemporaryFolder
  /// The lines of `metrics.jsonl`.
  let metrics: [[String: Any]]

  /// Trains.
  init() async throws {
    folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "digits.toml")
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "run", in: folder.path)
    try #require(run.exitCode == 0, "\(run.standardError)")
    metrics = try folder.text(of: "run/metrics.jsonl").split(separator: "\n").map {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8))
      return try #require(line as? [String: Any])
    }
  }

  /// The last event of a kind.
  func last(_ event: String) throws -> [String: Any] {
    try #require(metrics.last { $0["event"] as? String == event })
  }

  /// The digest of the weights after the last step.
  var weightsDigest: String {
    get throws { try #require(try last("end")["weights_sha256"] as? String) }
  }
}
