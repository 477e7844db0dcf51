import Foundation
package import TestSupport

/// A tiny model of the built-in digits, trained for six steps into `run` of a folder of its own.
package struct TrainedDigits {
  /// A configuration that a test can train in a moment.
  package static let configuration = """
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

  /// Holds `digits.toml` and `run`.
  package let folder: TemporaryFolder
  /// The lines of `metrics.jsonl`.
  package let metrics: [[String: Any]]

  /// Trains.
  package init() async throws {
    folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "digits.toml")
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "run", in: folder.path)
    guard run.exitCode == 0 else { throw MPIRunError(description: run.standardError) }
    metrics = try folder.text(of: "run/metrics.jsonl").split(separator: "\n").map {
      guard
        let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      else { throw MPIRunError(description: "not a JSON object: \($0)") }
      return line
    }
  }

  /// The last event of a kind.
  package func last(_ event: String) throws -> [String: Any] {
    guard let line = metrics.last(where: { $0["event"] as? String == event }) else {
      throw MPIRunError(description: "no event '\(event)' in \(metrics)")
    }
    return line
  }

  /// The digest of the weights after the last step.
  package var weightsDigest: String {
    get throws {
      guard let digest = try last("end")["weights_sha256"] as? String else {
        throw MPIRunError(description: "no digest of weights in \(metrics)")
      }
      return digest
    }
  }

  /// Leaves in the checkpoints of `run` what an interrupted save leaves, and returns its name.
  package static func leaveDraft(in folder: TemporaryFolder, _ run: String) throws -> String {
    let name = ".step-0000000007.draft-1-1"
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/\(run)/checkpoints/\(name)", withIntermediateDirectories: false)
    try folder.write("0123456789", to: "\(run)/checkpoints/\(name)/model.safetensors")
    return name
  }
}
