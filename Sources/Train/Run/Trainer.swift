import Faults
import Checkpoints
package import Comm
package import Configuration
package import Datasets
import Foundation
package import Kernels
package import Model
import Profiling
package import Reduction
package import Supervision
import Threading

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

  package let configuration: TrainingConfiguration
  package let options: TrainingOptions
  package let communication: CommunicationThread
  package let model: Model
  package let testSet: any SampleSource
  package let coordinator: Coordinator
  package let weights: FloatBuffer
  package let gradientBuckets: GradientBuckets
  package let optimizer: ShardedAdamW
  package let workers: Workers
  package let pool: GradientPool
  package let reduction: any GradientReduction
  package let saver: CheckpointSaver
  package let report: Report
  /// Where the time goes; nil where nobody asks.
  package let profile: RankProfile?
  /// What this rank does, and the faults injected into it.
  package let activity: RankActivity
  /// Who computes how many micro-batches, as rank zero measured the workers.
  package let balance: WorkBalance
  /// The ranks that are slower than the others; rank zero's.
  var stragglers: StragglerWatch
  /// Whether the weights are those that were updated; nil where nobody compares.
  package var replicaCheck: ReplicaCheck?
  /// How often weights were repaired of late, the same on all ranks.
  var repairs = RepairRecord()
  /// When the run has to stop by itself; rank zero's.
  package var clock: RunClock?
  /// How long the last evaluation took on this rank; nil before the first.
  package var evaluationSeconds: Double?
  package let description: RunDescription
  package var progress: TrainingProgress
  /// Checkpoints that signals ask for.
  var saveRequests = SaveRequests()
  /// The step whose state the newest checkpoint holds.
  package var savedStep: Int
  /// Whether that state has its evaluation still to come.
  var evaluationWasPending: Bool

  /// The weights after the last step, as far as they are still under way to this rank.
  package var arriving = ArrivingWeights()

  /// Room for this rank's pieces of the sum of all ranks; a rank alone needs none.
  let ownedGradient: FloatBuffer

  /// A run that is ready for its first step, resumed or new.
  package init(
    _ parts: TrainingParts, progress: TrainingProgress, saver: CheckpointSaver,
    report: Report, clock: RunClock? = nil, profile: RankProfile? = nil
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
      rank: parts.communication.rank, pool: pool, activity: parts.activity, profile: profile)
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
    self.clock = clock
    activity = parts.activity
    balance = parts.balance
    stragglers = StragglerWatch(ranks: parts.communication.size)
    replicaCheck = try parts.makeReplicaCheck()
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
      let duration = started.duration(to: .now)
      keepTime(afterStepOf: duration.seconds)
      // A disk or a terminal that takes no line holds the run up, but is no hang.
      activity.note(.disk)
      report.step(plan, step.sums, duration, configuration)

      if step.savesCheckpoint { saveRequests.grant() }
      let isDue = plan.checkpoints || step.savesCheckpoint
      if plan.evaluates {
        // A long evaluation may be killed: what is due is not lost with it.
        if try isDue && evaluationIsLong(afterStepOf: duration.seconds) { try save(isLast: false) }
        guard try evaluate() else { return try stop() }
      }
      if isDue || !progress.bestKinds.isEmpty { try save(isLast: plan.ends) }
      try saver.transfer(plan.transfers)
      next = step.next
    }
    return try finish()
  }

  /// One step: the weights after it replace those before it on all ranks.
  ///
  /// - Returns: nil if some rank was asked to stop and the step was given up without a trace.
  package func takeStep(_ plan: StepPlan) throws -> CompletedStep? {
    activity.begin(step: plan.step)
    var savesCheckpoint = false
    while true {
      switch try attempt(plan) {
      case .givenUp: return nil
      case .done(var step):
        step.savesCheckpoint = step.savesCheckpoint || savesCheckpoint
        return step
      case .spoiled(let agreement):
        savesCheckpoint = savesCheckpoint || agreement.savesCheckpoint
        try workers.rewind(to: plan, before: agreement.next)
      }
    }
  }

  private func attempt(_ plan: StepPlan) throws -> StepAttempt {
    let (agreement, results, accumulator) = try computeGradient(plan)
    defer { accumulator.release(to: pool) }
    if agreement.isGivenUp { return .givenUp }
    // A rank alone has the whole sum, and its pieces lie in it one after the other.
    let gradient = communication.size == 1 ? accumulator.buffers[0] : ownedGradient
    let sums = try exchangeSums(plan, results, gradient)
    if try repairsReplicas(sums.notes, step: plan.step) { return .spoiled(agreement) }
    try balanceWork(plan, sums)
    if try !skips(plan, sums, accumulator) { try update(plan, sums, gradient) }
    progress.advance(
      to: plan, samples: configuration.train.globalBatchSize,
      stepsPerEpoch: coordinator.stepsPerEpoch)
    return .done(
      CompletedStep(
        sums: sums, next: agreement.next, savesCheckpoint: agreement.savesCheckpoint))
  }

  /// Rank zero's first plan, as all ranks get it; its batches are requested.
  package func firstPlan() throws -> StepPlan? {
    let first = progress.step + 1
    let plan = try communication.perform { [coordinator, balance] communicator in
      try coordinator.broadcast(
        step: first, transfers: 0, assignment: balance.assignment, communicator)
    }
    if let plan { workers.prefetch(plan) }
    return plan
  }
}

/// What a step leaves besides the weights.
package struct CompletedStep {
  /// Its norm and results.
  let sums: StepStatistics
  /// The plan of the next step, or nil after the last.
  package let next: StepPlan?
  /// Whether some rank was asked to save a checkpoint.
  var savesCheckpoint: Bool
}

/// How an attempt at a step has ended.
private enum StepAttempt {
  /// Some rank was asked to stop.
  case givenUp
  /// Some rank computed with wrong weights, which are right again: the step is to be computed again.
  case spoiled(StepAgreement)
  /// The step is done.
  case done(CompletedStep)
}
