import Foundation
import RunSupport
import TestSupport
import Testing

/// Runs of one short configuration on the digits, each in a directory of its own.
struct DigitsRuns {
  static let steps = 36
  private static let configuration = """
    seed = 5
    [model]
    image_size = [8, 8]
    patch_size = [2, 2]
    d_model = 32
    d_ffn = 64
    num_layers = 2
    survival_probability = 0.9
    [data]
    format = "digits"
    [train]
    steps = \(steps)
    global_batch_size = 104
    micro_batch_size = 8
    label_smoothing = 0.1
    ema_decay = 0.9
    checkpoint_every = 5
    evaluate_every = 9
    [augment]
    crop_padding = 1
    """

  private static let references = References<FinishedRun>()

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Self.configuration.write(
      toFile: "\(folder.path)/run.toml", atomically: true, encoding: .utf8)
  }

  /// Where the run directories lie.
  var path: String { folder.path }

  /// The arguments of a run in `directory`.
  func arguments(_ directory: String, _ more: [String] = []) -> [String] {
    ["--config", "\(folder.path)/run.toml", "--run-dir", "\(folder.path)/\(directory)"] + more
  }

  /// Trains in `directory` to the end, or until `more` stops it.
  func train(
    _ directory: String, ranks: Int? = nil, _ more: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments(directory, more), ranks: ranks,
      environment: environment)
  }

  /// What the run in `directory` left behind.
  func finished(_ directory: String, step: Int = Self.steps) throws -> FinishedRun {
    try FinishedRun("\(folder.path)/\(directory)", step: step)
  }

  /// What an undisturbed run with `more` leaves behind at `step`, its last one.
  func reference(_ more: [String] = [], step: Int = Self.steps) async throws -> FinishedRun {
    try await Self.references.outcome(more) {
      let runs = try DigitsRuns()
      let run = try await runs.train("reference", more)
      #expect(run.exitCode == 0, "\(run.standardError)")
      return try runs.finished("reference", step: step)
    }
  }

  /// Starts a run in `directory` of which `rank` stops itself in `step`, until somebody lets it go on.
  func startStopping(
    inStep step: Int, rank: Int = 0, _ directory: String, ranks: Int?, _ more: [String] = [],
    environment: [String: String] = [:]
  ) throws -> StartedRun {
    let patient = ["--set", "train.hang_timeout=\(StartedRun.patienceSeconds)"]
    let fault = ["GMLP_TRAIN_FAULT": "\(rank):forward:\(step):stop"]
    return try StartedRun(
      executable: "gmlp-train", arguments: arguments(directory, patient + more), ranks: ranks,
      environment: environment.merging(fault) { $1 })
  }

  /// Waits until the metrics of `run` in `directory` tell of `step`.
  func wait(forStep step: Int, of run: StartedRun, in directory: String) async throws {
    try await wait(for: "{\"event\":\"step\",\"step\":\(step),", of: run, in: directory)
  }

  /// Waits until the metrics of `run` in `directory` contain `text`.
  func wait(for text: String, of run: StartedRun, in directory: String) async throws {
    try await run.wait(for: text, inFile: "\(folder.path)/\(directory)/metrics.jsonl")
  }
}
