import Foundation
import RunSupport
import TestSupport
import Testing

/// A run of seconds whose curve is kept.
struct CurveRun: Sendable, CustomTestStringConvertible {
  let name: String
  let precision: String
  /// How far the products of libraries were from the portable ones at most, in the first ten steps and after them.
  ///
  /// Measured on an EPYC (Zen 5) with OpenBLAS 0.3.21 and its kernels for Prescott, Sandy Bridge, Haswell and
  /// Skylake-X, and with oneDNN. Training lets differences of rounding grow, those of bf16 a thousandfold.
  let measured: (early: LossCurve.Distance, late: LossCurve.Distance)
  /// What is allowed is this many times as far: other processors have kernels that were not measured.
  private static let margin = 4.0

  var testDescription: String { fileName }
  private var fileName: String { "\(name)-\(precision)" }

  /// The kept curve.
  var file: URL {
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/losses/\(fileName).json")
  }

  /// How far the products of a library may be from the kept curve at a step.
  func tolerance(ofStep step: Int) -> LossCurve.Distance {
    (step <= 10 ? measured.early : measured.late) * Self.margin
  }

  /// The curve of an undisturbed run with the products of `library`.
  func train(products library: String) async throws -> LossCurve {
    let folder = try TemporaryFolder()
    let (configuration, steps) =
      name == "digits" ? (Self.digits, 88) : (try await writeText(to: folder), 80)
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", configuration, "--run-dir", "run", "--steps", "\(steps)",
        "--set", "train.precision=\(precision)", "--set", "train.products=\(library)",
      ], ranks: nil, directory: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    // A build or a processor may be without what was asked for.
    let used = try folder.text(of: "run/config.toml")
    try #require(used.contains("precision = \"\(precision)\""), "\(run)")
    try #require(used.contains("products = \"\(library)\""), "\(run)")
    return try LossCurve(metrics: "\(folder.path)/run/metrics.jsonl")
  }

  private static let digits = URL(filePath: #filePath)
    .appending(path: "../../../configs/digits.toml").standardizedFileURL.path

  /// Prepares text and a configuration for it, whose name is the result.
  private func writeText(to folder: TemporaryFolder) async throws -> String {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    for (name, lines) in [("train", 900), ("test", 120)] {
      try folder.write(BookText.lines(lines, seed: UInt64(lines)), to: "\(name).txt")
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: [
          "prepare", "text", "--input", "\(name).txt", "--vocabulary", "vocab.txt", "--output",
          "data/\(name)", "--sequence-length", "32",
        ], ranks: nil, directory: folder.path)
      try #require(run.exitCode == 0, "\(run)")
    }
    try folder.write(Self.text(model: name == "mlm" ? Self.gMLP : Self.transformer), to: "run.toml")
    return "run.toml"
  }

  private static let gMLP = """
    toeplitz = true
    [optimizer]
    learning_rate = 5e-3
    """

  /// A greater learning rate lets bf16 drift so far apart that a tolerance would say nothing.
  private static let transformer = """
    kind = "transformer"
    num_heads = 4
    positions = "relative"
    padding_token = 0
    dropout = 0.1
    [optimizer]
    learning_rate = 2e-3
    """

  private static func text(model: String) -> String {
    """
    seed = 5
    [model]
    input = "text"
    vocabulary_size = 58
    sequence_length = 32
    d_model = 32
    d_ffn = 64
    num_layers = 2
    \(model)
    weight_decay = 0.01
    [data]
    format = "text"
    train = ["data/train"]
    test = ["data/test"]
    [train]
    global_batch_size = 32
    micro_batch_size = 8
    label_smoothing = 0.1
    checkpoint_every = 80
    evaluate_every = 80
    [schedule]
    kind = "linear"
    warmup_steps = 8

    """
  }
}
