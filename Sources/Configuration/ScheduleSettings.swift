/// The learning rate over the steps.
public struct ScheduleSettings: Sendable, Equatable {
  /// The shape after the warm-up.
  public var kind = LearningRateSchedule.Kind.cosine
  /// Steps of linear warm-up.
  public var warmupSteps = 117
  /// The learning rate of the last step, for cosine and linear.
  public var minimumLearningRate = 0.0
}
