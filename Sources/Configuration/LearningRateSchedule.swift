import Mathematics

/// The learning rate of every step: linear warm-up, then cosine, linear or constant.
public struct LearningRateSchedule: Sendable, Equatable {
  /// The shape after the warm-up.
  public enum Kind: String, Sendable, CaseIterable {
    /// Half a cosine from the peak to the minimum.
    case cosine
    /// A straight line from the peak to the minimum.
    case linear
    /// The peak.
    case constant
  }

  package let kind: Kind
  package let peak: Double
  package let minimum: Double
  package let warmupSteps: Int
  package let steps: Int

  /// A schedule for `steps` steps in all; the first `warmupSteps` rise to the peak.
  public init(kind: Kind, peak: Double, minimum: Double, warmupSteps: Int, steps: Int) {
    self.kind = kind
    self.peak = peak
    self.minimum = minimum
    self.warmupSteps = warmupSteps
    self.steps = steps
  }

  /// The rate of `step`, counted from 1.
  ///
  /// Step s of W warm-up steps has peak·s/W; the last step has the minimum.
  public func rate(at step: Int) -> Double {
    if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    let decaySteps = steps - warmupSteps
    let progress =
      decaySteps > 0 ? min(1, Double(step - warmupSteps) / Double(decaySteps)) : 0
    switch kind {
    case .constant: return peak
    case .linear: return peak + (minimum - peak) * progress
    case .cosine: return minimum + (peak - minimum) * 0.5 * (1 + cosine(ofTurns: 0.5 * progress))
    }
  }
}

/// The learning rate over the steps.
public struct ScheduleSettings: Sendable, Equatable {
  /// The shape after the warm-up.
  public var kind = LearningRateSchedule.Kind.cosine
  /// Steps of linear warm-up.
  public var warmupSteps = 117
  /// Epochs of linear warm-up, which count instead of the steps where they are above 0.
  public var warmupEpochs = 0.0
  /// The share of all steps that is linear warm-up, which counts instead of steps and epochs where it is above 0.
  public var warmupShare = 0.0
  /// The learning rate of the last step, for cosine and linear.
  public var minimumLearningRate = 0.0

  /// The steps of linear warm-up of a run of `steps` steps, where an epoch has `stepsPerEpoch` of them.
  public func warmupSteps(stepsPerEpoch: Int, steps: Int) -> Int {
    if warmupShare > 0 { return Int((warmupShare * Double(steps)).rounded()) }
    if warmupEpochs > 0 { return Int((warmupEpochs * Double(stepsPerEpoch)).rounded()) }
    return warmupSteps
  }
}
