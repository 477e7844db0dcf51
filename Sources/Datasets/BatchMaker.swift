public import Batches

/// One batch to make.
public struct BatchRequest: Sendable, Equatable {
  /// The visits in their order: numbers of samples, or with repeated augmentation those that ``EpochOrder`` gives.
  public var samples: [Int]

  /// The epoch, from 0; what is done at random to each sample depends on it.
  public var epoch: Int

  /// The step; what is done at random to all samples together depends on it and on the micro-batch.
  public var step: Int

  /// The number of the micro-batch in its step.
  public var microBatch: Int

  /// A batch of `samples`, in this order, as they look in `epoch`.
  public init(samples: [Int], epoch: Int, step: Int = 0, microBatch: Int = 0) {
    self.samples = samples
    self.epoch = epoch
    self.step = step
    self.microBatch = microBatch
  }
}

/// Makes batches of one source; a batch is a pure function of the request.
public protocol BatchMaker: Sendable {
  /// The batch that is asked for.
  ///
  /// - Throws: ``DatasetError`` if a sample cannot be read.
  func makeBatch(_ request: BatchRequest) throws(DatasetError) -> Batch
}

extension BatchMaker {
  /// The batch of `samples`, in this order, as they look in `epoch`.
  ///
  /// - Throws: ``DatasetError`` if a sample cannot be read.
  public func makeBatch(of samples: [Int], epoch: Int) throws(DatasetError) -> Batch {
    try makeBatch(BatchRequest(samples: samples, epoch: epoch))
  }
}
