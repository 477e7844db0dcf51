package import Checkpoints
import Configuration

/// Where a run stands: what, besides weights and moments, decides how it goes on.
package struct TrainingProgress: Sendable, Equatable {
  /// Steps done.
  package var step = 0
  /// Updates of the weights: steps but those whose update was left out.
  package var updates = 0
  /// Whole epochs done.
  package var epoch = 0
  /// Samples of the next epoch already used.
  package var position = 0
  /// Samples used in all.
  package var samplesSeen = 0
  /// The best evaluations so far, of each kind of weights that is evaluated.
  package var best: [WeightsKind: CheckpointState.Best] = [:]
  /// Consecutive steps whose update was left out.
  package var skippedSteps = 0
  /// The losses so far, where they are watched for spikes.
  package var losses: CheckpointState.Losses?
  /// Whether the evaluation that belongs to the last step is still to be done.
  package var evaluationIsPending = false

  /// The kinds of weights whose evaluation after the last step was the best so far.
  var bestKinds: [WeightsKind] {
    WeightsKind.allCases.filter { best[$0]?.step == step && step > 0 }
  }

  /// Takes note that `plan` was carried out with `samples` samples.
  package mutating func advance(to plan: StepPlan, samples: Int, stepsPerEpoch: Int) {
    step = plan.step
    epoch = plan.step / stepsPerEpoch
    position = plan.step % stepsPerEpoch * samples
    samplesSeen += samples
    evaluationIsPending = plan.evaluates
  }

  /// Takes note of the evaluation after the last step, and of that of the averaged weights if there are any.
  ///
  /// Each kind has its own best; the earliest of equally good ones stays.
  mutating func evaluated(
    _ evaluation: Evaluation, averaged: Evaluation? = nil, by metric: BestMetric
  ) {
    evaluationIsPending = false
    note(evaluation, of: .weights, by: metric)
    if let averaged { note(averaged, of: .averaged, by: metric) }
  }

  private mutating func note(
    _ evaluation: Evaluation, of kind: WeightsKind, by metric: BestMetric
  ) {
    let value = evaluation.value(of: metric)
    // What an earlier version judged by another number does not count.
    let earlier = best[kind].flatMap { $0.metric == metric.rawValue ? $0.value : nil }
    guard value.isFinite else { return }
    if earlier.map({ metric.isBetter(value, than: $0) }) ?? true {
      best[kind] = CheckpointState.Best(metric: metric.rawValue, value: value, step: step)
    }
  }
}

extension TrainingProgress {
  /// A run before its first step.
  package static var beginning: TrainingProgress { TrainingProgress() }
}
