/// The learning rate over the steps.
public struct ScheduleSettings: Sendable, Equatable {
  /// The shape after the warm-up.
  public var kind = LearningRateSchedule.Kind.cosine
  /// Steps of linear warm-up.
  public var warmupSteps = 117
  /// Epochs of linear warm-up, which count instead of the steps where they are above 0.
  public var warmupEpochs = 0.0
  /// The learning rate of the last step, for cosine and linear.
  public var minimumLearningRate = 0.0

  /// The steps of linear warm-up where an epoch has `stepsPerEpoch` of them.
  public func warmupSteps(stepsPerEpoch: Int) -> Int {
    if warmupEpochs == 0 { return warmupSteps }
    return Int((warmupEpochs * Double(stepsPerEpoch)).rounded())
  }
}
