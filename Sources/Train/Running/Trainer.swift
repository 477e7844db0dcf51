internal import Checkpoints
internal import Comm
internal import Datasets
internal import Foundation
internal import Kernels
internal import Model
internal import Profiling

/// One rank's training run: the loop.
///
/// Every rank runs the same loop and makes the same decisions, because they are made from rank
/// zero's plans and from numbers that all ranks have exchanged. What differs is which micro-batches
/// a rank computes and which pieces of the weights it updates.
public final class Trainer {
  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    /// All steps are done.
    case finished
    /// It was asked to stop, or `--stop-after` was reached; it can be resumed.
    case stopped
  }

  let configuration: TrainingConfiguration
  let options: TrainingOptions
  let communication: CommunicationThread
  let model: Model
  let testSet: any SampleSource
  let coordinator: Coordinator
  let weights: FloatBuffer
  let gradientBuckets: GradientBuckets
  let optimizer: ShardedAdamW
  let workers: Workers
  let pool: GradientPool
  let reduction: any GradientReduction
  let saver: CheckpointSaver
  let report: Report
  /// Where the time goes; nil where nobody asks.
  private let profile: RankProfile?
  let description: RunDescription
  var progress: TrainingProgress
  /// When a checkpoint was last taken because a signal asked for it.
  private var savedOnRequest: ContinuousClock.Instant?
  /// The step whose state the newest checkpoint holds.
  var savedStep: Int
  /// Whether that state has its evaluation still to come.
  var evaluationWasPending: Bool

  /// The weights after the last step, as far as they are still under way to this rank.
  private(set) var arriving = ArrivingWeights()

  /// Room for this rank's pieces of the sum of all ranks; a rank alone needs none.
  private let ownedGradient: FloatBuffer

  /// A run that is ready for its first step, resumed or new.
  init(
    _ parts: TrainingParts, progress: TrainingProgress, saver: CheckpointSaver,
    report: Report, profile: RankProfile? = nil
  ) throws {
    configuration = parts.configuration
    options = parts.options
    communication = parts.communication
    model = parts.model
    testSet = parts.testSet
    coordinator = parts.coordinator
    weights = parts.weights
    gradientBuckets = parts.gradientBuckets
    optimizer = parts.optimizer
    description = parts.description
    pool = GradientPool(
      count: parts.model.layout.count,
      buffers: parts.shared?.gradients[parts.communication.rank] ?? [])
    workers = try Workers(
      configuration: parts.configuration, model: parts.model, trainingSet: parts.trainingSet,
      rank: parts.communication.rank, pool: pool, profile: profile)
    reduction = parts.makeReduction()
    let isAlone = parts.communication.size == 1
    ownedGradient = FloatBuffer(
      count: isAlone ? 0 : parts.gradientBuckets.ownedCount(of: parts.communication.rank))
    self.progress = progress
    savedStep = progress.step
    evaluationWasPending = progress.evaluationIsPending
    self.saver = saver
    self.report = report
    self.profile = profile
  }

  /// Trains to the last step, or until it is asked to stop.
  ///
  /// - Throws: whatever ends the run early on this rank; the caller ends all ranks. All ranks throw
  ///   a ``TrainingError`` that is common to them.
  public func run() throws -> Ending {
    try endingWork { try train() }
  }

  private func train() throws -> Ending {
    try saver.prepare()
    if progress.evaluationIsPending {
      guard try evaluate() else { return try stop() }
      try save(isLast: progress.step >= coordinator.steps)
    }
    var next = try firstPlan()
    while let plan = next {
      let started = ContinuousClock.now
      guard let step = try takeStep(plan) else { return try stop() }
      try report.step(plan, step.sums, started.duration(to: .now), configuration)

      let isComplete = try !plan.evaluates || evaluate()
      if step.savesCheckpoint { grantSaveRequest() }
      if plan.checkpoints || step.savesCheckpoint || progress.isBest || !isComplete {
        try save(isLast: plan.ends || !isComplete)
      }
      try saver.transfer(plan.transfers)
      if !isComplete { return try stop() }
      next = step.next
    }
    return try finish()
  }

  /// One step: the weights after it replace those before it on all ranks.
  ///
  /// - Returns: nil if some rank was asked to stop and the step was given up without a trace.
  func takeStep(_ plan: StepPlan) throws -> CompletedStep? {
    let (agreement, results, rankSum) = try computeGradient(plan)
    defer { rankSum.release(to: pool) }
    if agreement.isGivenUp { return nil }
    // A rank alone has the whole sum, and its pieces lie in it one after the other.
    let gradient = communication.size == 1 ? rankSum.buffers[0] : ownedGradient
    let sums = try exchangeSums(plan, results, gradient)
    try update(plan, sums, gradient)
    progress.advance(
      to: plan, samples: configuration.train.globalBatchSize,
      stepsPerEpoch: coordinator.stepsPerEpoch)
    return CompletedStep(
      sums: sums, next: agreement.next, savesCheckpoint: agreement.savesCheckpoint)
  }

  /// What was asked for up to now is granted by the checkpoint that follows.
  private func grantSaveRequest() {
    _ = Signals.takeSaveRequest()
    savedOnRequest = .now
  }

  /// Rank zero's first plan, as all ranks get it; its batches are requested.
  func firstPlan() throws -> StepPlan? {
    let first = progress.step + 1
    let plan = try communication.perform { [coordinator, workerCount] communicator in
      try coordinator.broadcast(step: first, transfers: 0, workers: workerCount, communicator)
    }
    if let plan { workers.prefetch(plan) }
    return plan
  }

  /// Computes this rank's micro-batches and exchanges the sums, bucket by bucket.
  private func computeGradient(
    _ plan: StepPlan
  ) throws -> (agreement: StepAgreement, results: [MicroBatchResult], rankSum: RankSum) {
    let gradient = StepGradient(
      communication: communication, reduction: reduction,
      nodes: (0..<communication.size).map { nodes(of: $0, in: plan) }, owned: ownedGradient,
      starts: ownedStarts, agree: agreement(after: plan), clock: profile?.communication)
    let rankSum = RankSum(
      workers: configuration.train.threads, leaves: configuration.microBatches,
      buckets: gradientBuckets.buckets
    ) { bucket, buffers in
      gradient.exchange(bucket: bucket, buffers: buffers)
    }
    let results: [MicroBatchResult]?
    do {
      results = try workers.compute(
        plan, weights: weights, arriving, debug: options.debug, into: rankSum)
      if results == nil { gradient.giveUp() }
    } catch {
      guard gradient.fail(with: error) else { throw error }
      results = nil
    }
    profile?.enter(.exchange)
    let agreement = try gradient.finish()
    profile?.enter(.other)
    if let results, !agreement.isGivenUp && configuration.train.recordDigests {
      try recordDigests(plan, rankSum, results)
    }
    return (agreement, results ?? [], rankSum)
  }

  /// The ranks agree whether the step stands, and hear rank zero's plan of the next one.
  private func agreement(after plan: StepPlan) -> StepGradient.Agree {
    let writer = saver.writer
    let partsLeft = saver.partsLeft
    let place = "rank \(communication.rank) on \(communication.host)"
    let savedOnRequest = savedOnRequest
    return { [coordinator, workers, workerCount] wish, communicator in
      // A launcher's signal reaches the ranks in different steps, and means one checkpoint.
      let isGranted = savedOnRequest.map { $0.duration(to: .now) < .seconds(2) } ?? false
      var wishes = [wish.rawValue, Signals.takeSaveRequest() && !isGranted ? 1 : 0]
      var span = wishes.mutableSpan
      try communicator.allReduce(&span, .max)
      if wishes[0] == StepGradient.Wish.failure {
        let failure = try wish.shareFailure(of: place, communicator)
        return StepAgreement(
          isGivenUp: true, failure: failure, savesCheckpoint: false, next: nil)
      }
      let isReady = partsLeft > 0 && (writer?.queuedParts ?? 0) == 0
      let next = try coordinator.broadcast(
        step: plan.step + 1, transfers: isReady ? 1 : 0, workers: workerCount, communicator)
      let isGivenUp = wishes[0] != 0
      if let next, !isGivenUp { workers.prefetch(next) }
      return StepAgreement(
        isGivenUp: isGivenUp, savesCheckpoint: wishes[1] != 0, next: next)
    }
  }

  /// The norm and the metrics of the step, the same numbers on all ranks.
  private func exchangeSums(
    _ plan: StepPlan, _ results: [MicroBatchResult], _ gradient: FloatBuffer
  ) throws -> StepSums {
    profile?.enter(.norm)
    let threads = configuration.train.threads
    let counts = (0..<communication.size).map {
      plan.microBatches(of: $0, threads: threads).count
    }
    return try communication.perform { [gradientBuckets] communicator in
      try StepSums.exchange(
        gradient: gradient, buckets: gradientBuckets, results: results, resultCounts: counts,
        communicator)
    }
  }

  /// Clips, updates the owned weights and gathers the others'.
  private func update(
    _ plan: StepPlan, _ sums: StepSums, _ gradient: FloatBuffer
  ) throws {
    let total = MicroBatchResult.total(sums.results)
    // The mean is over all labels of the step.
    let norm = sums.gradientSumNorm / total.divisor
    guard total.lossSum.isFinite else {
      throw TrainingError.notFinite(step: plan.step, quantity: "loss")
    }
    guard norm.isFinite else {
      throw TrainingError.notFinite(step: plan.step, quantity: "norm of the gradient")
    }
    let limit = configuration.optimizer.gradClip
    let clip = limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
    // What is still on its way to a rank must not change.
    try awaitWeights()
    profile?.enter(.optimizer)
    let arriving = ArrivingWeights(areRoundedOnArrival: reduction.streamsWeights)
    try optimizer.update(
      weights: weights, gradient: gradient, scale: clip / total.divisor, step: plan.step,
      learningRate: plan.learningRate
    ) { [communication, reduction, gradientBuckets, weights, workers] bucket in
      let streams = reduction.streamsWeights
      guard streams || bucket == 0 else { return }
      let buckets = bucket..<(streams ? bucket + 1 : gradientBuckets.buckets.count)
      let range = gradientBuckets.buckets[bucket]
      let gather = communication.startExchange { communicator in
        try reduction.gather(buckets, of: weights, communicator) { workers.round(weights, range) }
      }
      arriving.expect(from: range.lowerBound, gather)
    }
    self.arriving = arriving
    profile?.enter(.other)
  }

  /// Waits until the weights after the last step are there as a whole.
  ///
  /// - Throws: what has ended the communication.
  func awaitWeights() throws {
    profile?.enter(.gather)
    try arriving.wait()
    profile?.enter(.other)
    arriving = ArrivingWeights()
  }

  private func nodes(of rank: Int, in plan: StepPlan) -> [TreeNode] {
    CanonicalSum<Void>.nodes(
      covering: plan.microBatches(of: rank, threads: configuration.train.threads),
      leaves: configuration.microBatches)
  }

  private var workerCount: Int { communication.size * configuration.train.threads }

  private var ownedStarts: [Int] {
    var start = 0
    return gradientBuckets.pieces(of: communication.rank).map { piece in
      defer { start += piece.count }
      return start
    }
  }
}

/// What a step leaves besides the weights.
struct CompletedStep {
  /// Its norm and results.
  let sums: StepSums
  /// The plan of the next step, or nil after the last.
  let next: StepPlan?
  /// Whether some rank was asked to save a checkpoint.
  let savesCheckpoint: Bool
}
