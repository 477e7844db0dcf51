import Checkpoints
public import Comm
import Configuration
import Datasets
import Files
import Kernels
import Model
import Planning
package import Platform
import Reduction
import Train
import Transfer

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
      throw CommandError(
        "step \(step): the run has only \(counted(whole.steps, "step"))", exitCode: .usage)
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

extension Trainer {
  /// Takes the steps up to the one before `step`, at which its coordinator stops.
  ///
  /// - Parameters:
  ///   - step: the step that is not taken.
  ///   - observe: called before each step with its number, and before `step`.
  /// - Throws: ``ReplayError`` if the process was asked to stop, or what a step throws.
  func takeSteps(before step: Int, observing observe: (Int) -> Void = { _ in }) throws {
    observe(progress.step + 1)
    var next = try firstPlan()
    while let earlier = next {
      guard let taken = try takeStep(earlier) else { throw ReplayError.stopped }
      observe(earlier.step + 1)
      next = taken.next
    }
    precondition(progress.step == step - 1, "step \(step) replayed after step \(progress.step)")
  }

  /// Goes on to the state before `plan` and computes of it only what one rank computed.
  ///
  /// Made for a world of one rank whose coordinator stops after the step before.
  ///
  /// - Parameter plan: the recorded plan, with that rank's micro-batches as the only worker's.
  /// - Throws: ``ReplayError`` if the process was asked to stop, or what a step throws.
  /// - Returns: the digest of the node sums, and the sum of the losses.
  fileprivate func replay(_ plan: StepPlan) throws -> (digest: NodeDigest, result: MicroBatchResult)
  {
    try endingWork { try computeAgain(plan) }
  }

  private func computeAgain(
    _ plan: StepPlan
  ) throws -> (digest: NodeDigest, result: MicroBatchResult) {
    try takeSteps(before: plan.step)
    workers.prefetch(plan)
    let accumulator = RankAccumulator(
      workers: 1, microBatches: configuration.microBatches, buckets: gradientBuckets.buckets
    ) { _, _ in }
    guard
      let results = try computation.compute(
        plan, weights: weights, arriving, debug: options.debug, into: accumulator)
    else { throw ReplayError.stopped }
    return (
      NodeDigest(layout: model.layout, nodes: accumulator.nodes, buffers: accumulator.buffers),
      MicroBatchResult.total(results)
    )
  }
}

/// Why a step could not be replayed.
package enum ReplayError: Error, CustomStringConvertible {
  case noRecord(file: String, step: Int)
  case badRecord(file: String, line: Int)
  case otherWorld(step: Int, ranks: Int)
  case noCheckpoint(directory: String, step: Int)
  /// The run was computed under conditions that are not those here.
  case otherConditions(step: Int, [String])
  /// Not the same number of updates was left out between the checkpoint and the step.
  case otherSkips(step: Int, [Int], here: Int)
  case stopped

  package var description: String {
    switch self {
    case .noRecord(let file, let step):
      "\(file): has no digests of step \(step); train with train.record_digests = true"
    case .badRecord(let file, let line):
      "\(file): line \(line) is not a record of digests; it was cut off or edited"
    case .otherWorld(let step, let ranks):
      "step \(step) was computed by \(counted(ranks, "rank")); give --of \(ranks) and a --rank below it"
    case .noCheckpoint(let directory, let step):
      "\(directory): no valid checkpoint below step \(step) is left; raise train.keep, or replay "
        + "a later step"
    case .otherConditions(let step, let differences):
      "step \(step) cannot be replayed here: \(differences.joined(separator: "; ")); replay it where and "
        + "with what it was trained"
    case .otherSkips(let step, let skipped, let here):
      "step \(step) cannot be compared: on the way to it the run skipped \(counted(skipped.count, "step")) "
        + "\(skipped), the replay \(here); replay the first of them, or a step with a checkpoint after it"
    case .stopped: "the replay was asked to stop"
    }
  }
}

extension CommandError {
  /// The fault of a replay, with its exit code.
  package init(describing error: ReplayError, exitCode: ExitCode) {
    self.init(error.description, exitCode: exitCode)
  }
}
