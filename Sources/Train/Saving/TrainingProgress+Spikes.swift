import Checkpoints

extension TrainingProgress {
  /// Steps that are averaged before any of them is called a spike.
  private static let warmup = 32
  /// The share of a new loss in the averages.
  private static let share = 1.0 / 64
  /// After so many in a row the loss has risen for good, and the averages begin anew.
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
