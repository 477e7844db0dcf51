import Model
import Reporting

/// Keeps harmful updates away: those whose numbers are not finite, or whose loss is a spike.
///
/// Decides from numbers that all ranks have exchanged, so all ranks decide alike.
struct Guards {
  /// What happens to an update.
  enum Decision: Equatable {
    /// The weights are updated.
    case apply
    /// The weights stay, for this reason; `consecutive` steps have been skipped so far, if that is limited.
    case skip(reason: String, consecutive: Int?)
    /// The run ends: this quantity is not finite, and too many consecutive updates were skipped.
    case end(quantity: String)
  }

  /// The number of consecutive steps whose update may be skipped: `train.max_skipped_steps`.
  let maximumSkipped: Int
  /// The number of standard deviations that makes a loss a spike: `train.spike_guard`; 0: never.
  let spikeLimit: Double

  /// Decides about the update of a step.
  ///
  /// - Parameters:
  ///   - statistics: of the step.
  ///   - progress: the losses and skipped steps of the run; updated with this one.
  ///   - originOfFault: the origin of numbers that are not finite, in words; collective, so called on all ranks
  ///     or on none.
  /// - Throws: what `originOfFault` throws.
  /// - Returns: the same on all ranks.
  func decide(
    _ statistics: StepStatistics, _ progress: inout TrainingProgress,
    originOfFault: () throws -> String
  ) rethrows -> Decision {
    let total = MicroBatchResult.total(statistics.results)
    if let quantity = quantityNotFinite(total, statistics) {
      guard progress.skippedSteps < maximumSkipped else { return .end(quantity: quantity) }
      progress.skippedSteps += 1
      return .skip(
        reason: "the \(quantity) is not finite, which comes from \(try originOfFault())",
        consecutive: progress.skippedSteps)
    }
    progress.skippedSteps = 0
    guard let spike = progress.guardAgainstSpike(of: total.loss, limit: spikeLimit) else {
      return .apply
    }
    return .skip(
      reason: "the loss \(decimals(total.loss, 4)) is a spike of "
        + "\(decimals(spike, 1)) standard deviations", consecutive: nil)
  }

  private func quantityNotFinite(
    _ total: MicroBatchResult, _ statistics: StepStatistics
  ) -> String? {
    if !total.lossSum.isFinite { return "loss" }
    return statistics.gradientSumNorm.isFinite ? nil : "norm of the gradient"
  }
}
