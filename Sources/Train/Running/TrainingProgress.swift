internal import Checkpoints

/// Where a run stands: what, besides weights and moments, decides how it goes on.
struct TrainingProgress: Sendable, Equatable {
  /// Steps done.
  var step = 0
  /// The epoch of the next step.
  var epoch = 0
  /// Samples of that epoch already used.
  var position = 0
  /// Samples used in all.
  var samplesSeen = 0
  /// The best evaluation so far.
  var best: CheckpointState.Best?
  /// Steps on end whose update was left out.
  var skippedSteps = 0
  /// The losses so far, where they are watched for spikes.
  var losses: CheckpointState.Losses?
  /// Whether the evaluation that belongs to the last step is still to be done.
  var evaluationIsPending = false

  /// Whether the evaluation after the last step was the best so far.
  var isBest: Bool { best?.step == step && step > 0 }

  /// Takes note that `plan` was carried out with `samples` samples.
  mutating func advance(to plan: StepPlan, samples: Int, stepsPerEpoch: Int) {
    step = plan.step
    epoch = plan.step / stepsPerEpoch
    position = plan.step % stepsPerEpoch * samples
    samplesSeen += samples
    evaluationIsPending = plan.evaluates
  }

  /// Takes note of the evaluation after the last step.
  ///
  /// The earliest of equally good ones stays.
  mutating func evaluated(_ evaluation: Evaluation, by metric: BestMetric) {
    evaluationIsPending = false
    let value = metric.value(of: evaluation)
    // What an earlier version judged by another number does not count.
    let earlier = best.flatMap { $0.metric == metric.rawValue ? $0.value : nil }
    guard value.isFinite else { return }
    if earlier.map({ metric.isBetter(value, than: $0) }) ?? true {
      best = CheckpointState.Best(metric: metric.rawValue, value: value, step: step)
    }
  }
}
