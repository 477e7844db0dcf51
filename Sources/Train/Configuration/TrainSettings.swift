public import Model

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
  /// Samples that a worker takes through the layers in turn; 0: one sub-batch.
  public var interleavedSamples = 0
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
  /// The numbers as which gradients travel between ranks.
  public var wirePrecision = Precision.fp32
  /// Whether ranks on one host read each other's gradients in shared memory.
  public var sharedMemory = true
  /// Megabytes (10⁶ bytes) of gradient that are exchanged at once.
  public var bucketMB = 2.0
  /// Steps between checkpoints; 0: only at the end.
  public var checkpointEvery = 500
  /// Steps between evaluations; 0: at each end of an epoch.
  public var evaluateEvery = 0
  /// Newest checkpoints that stay.
  public var keep = 2
  /// Whether each step's sums of gradients are digested, for `replay`.
  public var recordDigests = false
}
