package import Comm
public import Configuration
import Datasets
import Files

/// Rank zero's planner: what happens in which step.
///
/// All of it that decides a bit is a function of the configuration, the size of the training set and the
/// step, so a resumed run makes the plans that an undisturbed one would have made. Who computes which
/// micro-batch, and when parts of a checkpoint travel, follows what was measured.
public struct Coordinator: Sendable {
  /// The number of the last step.
  public let steps: Int
  /// Steps in one pass over the training set.
  public let stepsPerEpoch: Int

  private let configuration: TrainingConfiguration
  private let schedule: LearningRateSchedule
  private let workers: Int
  private let stopAfter: Int?

  /// A planner for `workers` workers.
  ///
  /// - Parameters:
  ///   - configuration: the validated configuration.
  ///   - trainingSamples: the size of the training set.
  ///   - workers: ranks times threads.
  ///   - stopAfter: the step after which the run stops resumably, if any.
  /// - Throws: `ConfigurationError` if the training set is smaller than a batch, or the epochs
  ///   have more steps than can be counted.
  public init(
    configuration: TrainingConfiguration, trainingSamples: Int, workers: Int, stopAfter: Int? = nil
  ) throws(ConfigurationError) {
    let batch = configuration.train.globalBatchSize
    stepsPerEpoch = trainingSamples / batch
    guard stepsPerEpoch > 0 else {
      throw ConfigurationError(
        "train.global_batch_size = \(batch): the training set "
          + "(\(configuration.data.trainDescription)) has only \(counted(trainingSamples, "sample")); "
          + "lower the batch size or give more data")
    }
    let epochs = configuration.train.epochs
    steps = configuration.train.steps > 0 ? configuration.train.steps : epochs * stepsPerEpoch
    // The number of a step is a part of the keys of its random numbers.
    guard steps <= Int(UInt32.max) else {
      throw ConfigurationError(
        "train.epochs = \(epochs): makes \(steps) steps; at most \(UInt32.max) can be counted")
    }
    schedule = LearningRateSchedule(
      kind: configuration.schedule.kind, peak: configuration.optimizer.learningRate,
      minimum: configuration.schedule.minimumLearningRate,
      warmupSteps: configuration.schedule.warmupSteps(
        stepsPerEpoch: stepsPerEpoch, steps: steps), steps: steps)
    self.configuration = configuration
    self.workers = workers
    self.stopAfter = stopAfter
  }

  /// The plan of `step`, or nil after the last one.
  ///
  /// - Parameters:
  ///   - step: the step, counted from 1.
  ///   - transfers: parts of a checkpoint in progress that are to travel in that step.
  ///   - assignment: the micro-batches of each worker; nil: as even as they can be.
  /// - Returns: the plan, or nil after the last step.
  public func plan(
    step: Int, transfers: Int = 0, assignment: [Range<Int>]? = nil
  ) -> StepPlan? {
    guard step <= min(steps, stopAfter ?? steps) else { return nil }
    let train = configuration.train
    let isLast = step == steps
    let ends = isLast || step == stopAfter
    let interval = train.evaluateEvery > 0 ? train.evaluateEvery : stepsPerEpoch
    return StepPlan(
      step: step,
      epoch: (step - 1) / stepsPerEpoch,
      position: (step - 1) % stepsPerEpoch * train.globalBatchSize,
      learningRate: schedule.rate(at: step),
      evaluates: step % interval == 0 || isLast,
      checkpoints: ends || (train.checkpointEvery > 0 && step % train.checkpointEvery == 0),
      ends: ends,
      transfers: transfers,
      assignment: assignment ?? Self.evenly(configuration.microBatches, over: workers))
  }

  /// Cuts 0..<`count` into one contiguous range a worker, of lengths that differ by at most one.
  package static func evenly(_ count: Int, over workers: Int) -> [Range<Int>] {
    (0..<workers).map { count * $0 / workers..<count * ($0 + 1) / workers }
  }
}

extension DataSettings {
  /// What the training set is read from, for people.
  fileprivate var trainDescription: String {
    train.isEmpty ? format.rawValue : train.joined(separator: ", ")
  }
}

extension Coordinator {
  /// Gives all ranks rank zero's plan of `step`, or nil if there is no such step.
  ///
  /// - Parameters:
  ///   - step: the step, the same on all ranks.
  ///   - transfers: rank zero's number of checkpoint parts that are to travel in it.
  ///   - assignment: rank zero's cut of the micro-batches, one range for each worker of all ranks.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the plan, or nil after the last step.
  package func broadcast(
    step: Int, transfers: Int, assignment: [Range<Int>], _ communicator: borrowing Communicator
  ) throws -> StepPlan? {
    var words = [Int64](repeating: 0, count: StepPlan.encodedCount(workers: assignment.count))
    if communicator.rank == 0,
      let plan = plan(step: step, transfers: transfers, assignment: assignment)
    {
      words = plan.encoded
    }
    var span = words.mutableSpan
    try communicator.broadcast(&span, from: 0)
    let plan = StepPlan(decoding: words)
    return plan.step == 0 ? nil : plan
  }
}
