package import Checkpoints
import Configuration
package import Planning

/// The progress of a run: what, besides weights and moments, decides how it continues.
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
  /// The digest of the file of weights that this start began from, on rank zero, which records it; nil for random
  /// weights and for a resume.
  package var givenWeightsSHA256: String?

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

extension TrainingProgress {
  /// Steps that are averaged before any of them is called a spike.
  private static let warmup = 32
  /// The share of a new loss in the averages.
  private static let share = 1.0 / 64
  /// After this many in a row the loss has risen for good, and the averages restart.
  private static let maximumConsecutive = 3

  /// Takes note of a step's loss, unless it is a spike.
  ///
  /// A function of the losses of the run so far, and so the same on all ranks and after a resume.
  ///
  /// - Parameters:
  ///   - loss: finite.
  ///   - limit: standard deviations above the running mean; 0: nothing is a spike.
  /// - Returns: by how many standard deviations it is a spike, or nil.
  mutating func guardAgainstSpike(of loss: Double, limit: Double) -> Double? {
    if limit == 0 { return nil }
    var losses =
      self.losses ?? CheckpointState.Losses(mean: loss, variance: 0, count: 0, skipped: 0)
    if losses.skipped == Self.maximumConsecutive {
      losses = CheckpointState.Losses(mean: loss, variance: 0, count: 0, skipped: 0)
    }
    let distance = loss - losses.mean
    let score = losses.variance > 0 ? distance / losses.variance.squareRoot() : 0
    if losses.count >= Self.warmup && score > limit {
      losses.skipped += 1
      self.losses = losses
      return score
    }
    let share = max(Self.share, 1 / Double(losses.count + 1))
    losses.mean += share * distance
    losses.variance = (1 - share) * (losses.variance + share * distance * distance)
    losses.count += 1
    losses.skipped = 0
    self.losses = losses
    return nil
  }
}
