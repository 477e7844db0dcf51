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
  /// The images.
  public var data = DataSettings()
  /// Lengths, batches, workers and intervals.
  public var train = TrainSettings()
  /// AdamW.
  public var optimizer = OptimizerSettings()
  /// The learning rate over the steps.
  public var schedule = ScheduleSettings()
  /// What is done at random to training images.
  public var augment = Augmentation()

  /// The built-in defaults.
  public init() {}
}

/// Where the images come from and how their pixels are normalised.
public struct DataSettings: Sendable, Equatable {
  /// Files in one of the known formats.
  public var format = DatasetFormat.idx
  /// Files of the training set.
  public var train = [
    "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
    "/usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz",
  ]
  /// Files of the test set.
  public var test = [
    "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz",
    "/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz",
  ]
  /// Mean of the pixels in 0...1, one value or one a channel.
  public var mean = [0.286]
  /// Standard deviation of the pixels in 0...1, one value or one a channel.
  public var std = [0.353]
  /// Whether the digests of shards are checked when they are opened.
  public var verify = true

  /// The files of one of the sets.
  public func files(of split: DatasetSplit) -> [String] {
    split == .train ? train : test
  }
}

/// How gradients of the ranks become one.
public enum ReductionKind: String, Sendable, CaseIterable {
  /// One canonical tree of additions: the same bits for any number of ranks.
  case ordered
  /// `MPI_Allreduce`: the bits depend on the number of ranks.
  case mpi
}

/// Lengths, batches, workers and intervals.
public struct TrainSettings: Sendable, Equatable {
  /// Passes over the training set; counts if `steps` is 0.
  public var epochs = 5
  /// Steps in all; 0: as many as `epochs` make.
  public var steps = 0
  /// Samples a step.
  public var globalBatchSize = 128
  /// Samples a unit of work: what one worker computes at once.
  public var microBatchSize = 16
  /// Samples that go through the layers together; 0: chosen from the model's shapes.
  public var subBatchSize = 0
  /// Probability mass taken from the true class and spread over all.
  public var labelSmoothing = 0.0
  /// Decay of the average of the weights; 0: none is kept.
  public var emaDecay = 0.0
  /// The numbers computed with.
  public var precision = Precision.fp32
  /// Workers in each rank.
  public var threads = 1
  /// How gradients of the ranks become one.
  public var reduction = ReductionKind.ordered
  /// Megabytes (10⁶ bytes) of gradient that are exchanged at once.
  public var bucketMB = 4.0
  /// Steps between checkpoints; 0: only at the end.
  public var checkpointEvery = 500
  /// Steps between evaluations; 0: at each end of an epoch.
  public var evaluateEvery = 0
  /// Newest checkpoints that stay.
  public var keep = 2
  /// Whether each step's sums of gradients are digested, for `replay`.
  public var recordDigests = false
}

/// AdamW with decoupled weight decay.
public struct OptimizerSettings: Sendable, Equatable {
  /// The highest learning rate.
  public var learningRate = 3e-3
  /// Decay of matrices a step, times the learning rate.
  public var weightDecay = 0.05
  /// Decay of the mean of gradients.
  public var beta1 = 0.9
  /// Decay of the mean of squared gradients.
  public var beta2 = 0.999
  /// Added to the root of the second moment.
  public var epsilon = 1e-6
  /// Largest global norm of the gradient; 0: no limit.
  public var gradClip = 1.0
}

/// The learning rate over the steps.
public struct ScheduleSettings: Sendable, Equatable {
  /// The shape after the warm-up.
  public var kind = LearningRateSchedule.Kind.cosine
  /// Steps of linear warm-up.
  public var warmupSteps = 117
  /// The learning rate of the last step, for cosine and linear.
  public var minimumLearningRate = 0.0
}
