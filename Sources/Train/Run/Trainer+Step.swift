import Comm
import Configuration
import Kernels
package import Planning
import Profiling
import Reduction
import Supervision

extension Trainer {
  /// One step: the weights after it replace those before it on all ranks.
  ///
  /// Every rank comes here with the same plan, and makes the same decisions from exchanged numbers.
  ///
  /// - Throws: what ends the run; all ranks throw a ``TrainingError`` that is common to them.
  /// - Returns: nil if some rank was asked to stop and the step was given up without a trace.
  package func takeStep(_ plan: StepPlan) throws -> CompletedStep? {
    observer.begin(step: plan.step)
    // The first vote consumes a request, so it must be kept if the step is repeated.
    var savesCheckpoint = false
    // Usually once; again only if a rank computed with weights that had changed in its memory.
    while true {
      let (exchange, accumulator) = makeExchange(of: plan)
      defer { accumulator.release(to: pool) }
      // The ranks vote, and rank zero's next plan travels, before the first bucket: see GradientExchange.open.
      let results = try computeGradients(of: plan, into: accumulator, exchange)
      let verdict = try waitForBuckets(of: exchange)
      if verdict.isGivenUp { return nil }
      savesCheckpoint = savesCheckpoint || verdict.savesCheckpoint

      let gradient = exchange.ownedGradient
      let statistics = try exchangeStatistics(plan, results, gradient)
      if try replicas.repair(statistics.reports, step: plan.step) {
        try rewind(to: plan, before: verdict.next)
        continue
      }
      if configuration.train.recordDigests { try recordDigests(plan, accumulator) }
      if communication.rank == 0 { pace?.observe(plan, statistics.reports) }

      let decision = try guards.decide(
        statistics, &progress,
        originOfFault: { try originOfFault(plan, statistics, accumulator) })
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
        statistics: statistics, next: verdict.next, savesCheckpoint: savesCheckpoint)
    }
  }
}

/// The results of a step besides the weights.
package struct CompletedStep {
  /// Its norm and results.
  let statistics: StepStatistics
  /// The plan of the next step, or nil after the last.
  package let next: StepPlan?
  /// Whether some rank was asked to save a checkpoint.
  let savesCheckpoint: Bool
}
