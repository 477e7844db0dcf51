import Checkpoints
public import Comm
import Configuration
import Datasets
import Files
import Model
import Platform

/// Computes again, in one process, what one rank computed in one step of a recorded run.
public struct Replay: Sendable {
  /// The step that was replayed.
  public let step: Int
  /// The step of the checkpoint that it began with.
  public let checkpointStep: Int
  /// The micro-batches of the rank.
  public let microBatches: Range<Int>
  /// The digest that the run recorded.
  public let recordedDigest: String
  /// The digest of what was computed now.
  public let digest: String
  /// The mean loss of the rank's samples in nats, or NaN if it had none.
  public let loss: Double

  /// Whether the rank computed the same bits then and now.
  public var isEqual: Bool { digest == recordedDigest }

  /// Replays `step` of the run in `directory` as rank `rank` of `ranks`.
  ///
  /// - Parameters:
  ///   - directory: the run directory; its configuration comes from the checkpoint.
  ///   - step: a step with recorded digests.
  ///   - rank: whose share is computed.
  ///   - ranks: the number of ranks of the run in that step.
  ///   - debug: check every activation and gradient for non-finite values.
  ///   - communication: a world of one.
  /// - Throws: `CommandError` that says what is missing.
  public init(
    directory: String, step: Int, rank: Int, of ranks: Int, debug: Bool,
    _ communication: CommunicationThread
  ) throws {
    let record = try StepRecord(directory: directory, step: step)
    guard record.digests.count == ranks, rank < ranks else {
      throw CommandError(
        describing: ReplayError.otherWorld(step: step, ranks: record.digests.count),
        exitCode: .usage)
    }
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    guard let checkpoint = try store.newestValid(below: step, reporting: StandardError.write)
    else {
      throw CommandError(
        describing: ReplayError.noCheckpoint(directory: store.directory, step: step),
        exitCode: .badData)
    }
    var configuration = try checkpoint.trainingConfiguration()
    try configuration.validate()
    guard configuration.resolved() == configuration else {
      throw CommandError(
        "\(checkpoint.directory): was trained in bf16, which this processor or this build cannot "
          + "compute; replay it where it was trained", exitCode: .badData)
    }
    configuration.train.threads = 1
    configuration.train.recordDigests = false
    var options = TrainingOptions()
    options.resume = .from(checkpoint.directory)
    options.runDirectory = directory
    options.debug = debug
    options.stopAfter = step - 1

    let parts = try TrainingRun.prepare(configuration, options, communication)
    try Self.requireSameConditions(record, checkpoint.state, parts)
    let whole = try Coordinator(
      configuration: configuration, trainingSamples: parts.trainingSet.count, workers: 1)
    guard var plan = whole.plan(step: step) else {
      throw CommandError("step \(step): the run has only \(whole.steps) steps", exitCode: .usage)
    }
    plan.assignment = [record.microBatches(of: rank)]
    let progress = try TrainingRun.load(checkpoint, into: parts.weights, parts)
    let saver = TrainingRun.silentSaver(parts)
    let trainer = try Trainer(
      parts, progress: progress, saver: saver,
      report: Report(metrics: nil, display: nil))
    let (digest, result) = try trainer.replay(plan)
    try Self.requireSameSkips(
      record, after: checkpoint.state.step, updates: trainer.progress.updates - progress.updates)
    self.step = step
    checkpointStep = checkpoint.state.step
    microBatches = plan.assignment[0]
    recordedDigest = record.digests[rank]
    self.digest = digest.hexadecimal
    loss = result.lossSum / Double(result.samples)
  }
}
