import Comm
import Configuration
import Kernels
import Profiling
import Reduction
import Supervision

extension Trainer {
  /// One step: the weights after it replace those before it on all ranks.
  ///
  /// It is computed again where a rank computed it with weights that had changed in its memory.
  ///
  /// - Throws: what ends the run; all ranks throw a ``TrainingError`` that is common to them.
  /// - Returns: nil if some rank was asked to stop and the step was given up without a trace.
  package func takeStep(_ plan: StepPlan) throws -> CompletedStep? {
    activity.begin(step: plan.step)
    var savesCheckpoint = false
    while true {
      let (exchange, accumulator) = beginExchange(of: plan)
      defer { accumulator.release(to: pool) }
      let results = try computeGradients(of: plan, into: accumulator, exchange)
      let verdict = try finish(exchange)
      if verdict.isGivenUp { return nil }
      savesCheckpoint = savesCheckpoint || verdict.savesCheckpoint

      // A rank alone has the whole sum, and its pieces lie in it one after the other.
      let gradient = communication.size == 1 ? accumulator.buffers[0] : ownedGradient
      let statistics = try exchangeStatistics(plan, results, gradient)
      if try replicas.repair(statistics.reports, step: plan.step) {
        try compute(plan, againBefore: exchange.next)
        continue
      }
      if configuration.train.recordDigests { try recordDigests(plan, accumulator) }
      if communication.rank == 0 { pace?.observe(plan, statistics.reports) }

      let decision = try guards.decide(statistics, &progress) {
        try originOfFault(plan, statistics, accumulator)
      }
      switch decision {
      case .apply: try update(plan, statistics, gradient)
      case .skip(let reason, let consecutive): report.skipped(plan, reason, consecutive)
      case .end(let quantity):
        report.diverged(plan, quantity)
        throw TrainingError.notFinite(step: plan.step, quantity: quantity)
      }
      progress.advance(
        to: plan, samples: configuration.train.globalBatchSize,
        stepsPerEpoch: coordinator.stepsPerEpoch)
      return CompletedStep(
        statistics: statistics, next: exchange.next, savesCheckpoint: savesCheckpoint)
    }
  }
}

/// What a step leaves besides the weights.
package struct CompletedStep {
  /// Its norm and results.
  let statistics: StepStatistics
  /// The plan of the next step, or nil after the last.
  package let next: StepPlan?
  /// Whether some rank was asked to save a checkpoint.
  let savesCheckpoint: Bool
}
