import Model
import Reporting

/// Keeps an update from doing harm: its numbers are not finite, or its loss is a spike.
///
/// Decides from numbers that all ranks have exchanged, so the same on all of them.
struct Guards {
  /// What becomes of an update.
  enum Decision: Equatable {
    /// The weights are updated.
    case apply
    /// The weights stay, for this reason; `consecutive` steps were skipped by now, where that is limited.
    case skip(reason: String, consecutive: Int?)
    /// The run ends: this quantity is not finite, and too many consecutive updates were skipped.
    case end(quantity: String)
  }

  /// The consecutive steps whose update may be left out: `train.max_skipped_steps`.
  let maximumSkipped: Int
  /// Standard deviations from which on a loss is a spike: `train.spike_guard`; 0: none is.
  let spikeLimit: Double

  /// Decides about the update of a step.
  ///
  /// - Parameters:
  ///   - statistics: of the step.
  ///   - progress: what the losses and the skipped steps of the run were; takes note of this one.
  ///   - originOfFault: where numbers come from that are not finite, in words; collective, so called on all ranks
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
