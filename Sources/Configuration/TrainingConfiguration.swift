public import Datasets
public import Model

/// All that decides a training run; a value, so that two runs can be compared.
///
/// The properties are named as the keys of the file; ``settings`` is the list of the keys with
/// their meaning. The defaults train a small gMLP on Fashion-MNIST.
public struct TrainingConfiguration: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 0
  /// Sizes of the network.
  public var model = ModelConfiguration()
  /// The samples.
  public var data = DataSettings()
  /// Lengths, batches, workers and intervals.
  public var train = TrainSettings()
  /// How gradients change weights.
  public var optimizer = OptimizerSettings()
  /// The learning rate over the steps.
  public var schedule = ScheduleSettings()
  /// What is done at random to training images.
  public var augment = Augmentation()

  /// The built-in defaults.
  public init() {}
}
