import Checkpoints
package import Comm
package import Configuration
import Datasets
import Faults
import Foundation
package import Kernels
package import Model
package import Optimization
package import Planning
package import Profiling
package import Reduction
package import Saving
import Supervision
import Threading

/// One rank's training run: the loop.
///
/// Every rank runs the same loop and makes the same decisions, because they are made from rank
/// zero's plans and from numbers that all ranks have exchanged. What differs is which micro-batches
/// a rank computes and which pieces of the weights it updates.
///
/// Names that are not declared at the top are in `parts`: see the end of this file.
public final class Trainer {
  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    /// All steps are done.
    case finished
    /// It was asked to stop, or `--stop-after` was reached; it can be resumed.
    case stopped
  }

  /// The parts of the run.
  let parts: TrainingParts
  /// The workers of this rank.
  package let workers: Workers
  /// Computes this rank's part of a gradient: the workers, unless faults are injected into them.
  package let computation: any GradientComputation
  /// The buffers of the workers' gradients.
  let pool: GradientPool
  /// How the ranks' gradients become one.
  let reduction: any GradientReduction
  /// Memory for this rank's pieces of the sum over all ranks; a single rank needs none.
  let ownedGradient: FloatBuffer
  /// Takes checkpoints.
  package let saver: CheckpointSaver
  /// What rank zero prints and records.
  let report: Report
  /// Reports what this rank does to the profile and to the watchdogs.
  let observer: StepObserver
  /// The ranks' copies of the weights.
  let replicas: Replicas
  /// Decides whether an update is applied.
  let guards: Guards
  /// How fast the ranks are; nil if this one is alone.
  let pace: Pace?

  /// The run's progress: changed by the guards (steps skipped, losses), an update, the end of a step and an
  /// evaluation.
  package var progress: TrainingProgress
  /// The weights after the last step, as far as they are still on their way to this rank.
  package var arriving: ArrivingWeights = .arrived
  /// When the run has to stop by itself; rank zero's.
  var runClock: RunClock?
  /// Checkpoints that signals ask for.
  var saveRequests = SaveRequests()
  /// The state in the newest checkpoint.
  var saved: (step: Int, hasPendingEvaluation: Bool)
  /// How long the last evaluation took on this rank; nil before the first.
  var evaluationSeconds: Double?
  /// Whether the last evaluation found one class predicted for all samples, if that counts as a failure.
  var hasCollapsed = false

  /// A run that is ready for its first step, resumed or new.
  package init(
    _ parts: TrainingParts, progress: TrainingProgress, saver: CheckpointSaver,
    report: Report, clock: RunClock? = nil, profile: RankProfile? = nil
  ) throws {
    self.parts = parts
    self.progress = progress
    self.saver = saver
    self.report = report
    runClock = clock
    saved = (progress.step, progress.evaluationIsPending)
    observer = StepObserver(profile: profile, activity: parts.activity)
    let (rank, ranks) = (parts.communication.rank, parts.communication.size)
    let train = parts.configuration.train
    pool = GradientPool(
      count: parts.model.layout.gradientCount, buffers: parts.shared?.own ?? [])
    workers = try Workers(
      configuration: parts.configuration, model: parts.model, trainingSet: parts.trainingSet,
      rank: rank, pool: pool, observer: observer)
    computation = parts.makeComputation(by: workers, pool)
    reduction = parts.makeReduction()
    ownedGradient = FloatBuffer(
      count: ranks == 1 ? 0 : parts.gradientBuckets.ownedCount(of: rank))
    let name = parts.description.placement.name
    replicas = Replicas(
      try parts.makeReplicaCheck(), of: parts.weights, repairs: train.replicaCheck == .repair,
      parts.communication, report, name: name)
    guards = Guards(maximumSkipped: train.maxSkippedSteps, spikeLimit: train.spikeGuard)
    pace =
      ranks == 1
      ? nil : Pace(ranks: ranks, threads: train.threads, parts.balance, report, name: name)
  }

  /// Trains to the last step, or until it is asked to stop.
  ///
  /// - Throws: what ends the run early on this rank; the caller ends all ranks. All ranks throw
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
      let (started, exchanged) = (ContinuousClock.now, communication.processorSeconds)
      guard let step = try takeStep(plan) else { return try stop() }
      let duration = started.duration(to: .now)
      let exchangeSeconds = communication.processorSeconds - exchanged
      noteStepDuration(duration.seconds)
      // A disk or a terminal that blocks delays the run, but is not a hang.
      observer.note(.disk)
      report.step(
        plan, step.statistics, duration,
        exchangeSeconds: communication.size > 1 ? exchangeSeconds : nil, configuration)

      if step.savesCheckpoint { saveRequests.grant() }
      let isDue = plan.checkpoints || step.savesCheckpoint
      if plan.evaluates {
        // A long evaluation may be killed: a checkpoint that is due must not be lost with it.
        if try isDue && evaluationIsLong(afterStepOf: duration.seconds) { try save(isLast: false) }
        guard try evaluate() else { return try stop() }
      }
      if isDue || !progress.bestKinds.isEmpty { try save(isLast: plan.ends) }
      try saver.transfer(plan.transfers)
      next = step.next
    }
    return try finishRun()
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

/// The parts of the run by their names.
extension Trainer {
  package var configuration: TrainingConfiguration { parts.configuration }
  package var options: TrainingOptions { parts.options }
  package var communication: CommunicationThread { parts.communication }
  package var model: Model { parts.model }
  var testSet: any SampleSource { parts.testSet }
  var coordinator: Coordinator { parts.coordinator }
  package var weights: FloatBuffer { parts.weights }
  package var gradientBuckets: GradientBuckets { parts.gradientBuckets }
  var optimizer: ShardedOptimizer { parts.optimizer }
  package var description: RunDescription { parts.description }
  var balance: WorkBalance { parts.balance }
}
