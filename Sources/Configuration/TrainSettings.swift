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
  /// How that decay begins: low, so that a short run's average forgets its first weights.
  public var emaWarmup = AverageWarmup.none
  /// What the file says of the numbers computed with.
  public var precisionChoice = PrecisionChoice.exactly(.fp32)
  /// The numbers computed with; fp32 where that is not decided yet.
  public var precision: Precision {
    get { if case .exactly(let precision) = precisionChoice { precision } else { .fp32 } }
    set { precisionChoice = .exactly(newValue) }
  }
  /// What multiplies matrices.
  public var products = ProductChoice.auto
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
  /// Whether micro-batches are moved from slow workers to fast ones.
  public var balance = true
  /// What is done about weights that have changed in a rank's memory.
  public var replicaCheck = ReplicaCheckKind.repair
  /// Consecutive steps whose update is left out because their numbers are not finite.
  public var maxSkippedSteps = 3
  /// Standard deviations above the running mean from which a loss is a spike, and the step is skipped; 0: none.
  public var spikeGuard = 0.0
  /// Seconds without progress after which a rank counts as hung; 0: never.
  public var hangTimeout = 20.0
  /// Minutes after which the run saves and stops, in time for that; 0: none.
  public var timeLimit = 0.0
  /// Whether each step's sums of gradients are digested, for `replay`.
  public var recordDigests = false
}

extension TrainSettings {
  /// The largest micro-batch up to ``microBatchSize`` that divides `batch`, which is at least 1.
  public func largestMicroBatch(dividing batch: Int) -> Int {
    (1...max(1, min(microBatchSize, batch))).last { batch.isMultiple(of: $0) } ?? 1
  }
}

/// How gradients of the ranks become one.
public enum ReductionKind: String, Sendable, CaseIterable {
  /// One tree of additions: the same bits for any number of ranks.
  case ordered
  /// `MPI_Allreduce`: the bits depend on the number of ranks.
  case mpi
}

/// What is done when weights have changed in a rank's memory without an update.
public enum ReplicaCheckKind: String, CaseIterable, Sendable {
  /// Nobody looks.
  case off
  /// The run ends with 76, to begin again at the newest checkpoint.
  case stop
  /// They are taken from a rank that has them right; where there is none, as `stop`.
  case repair
}
