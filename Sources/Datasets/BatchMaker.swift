/// Makes batches of one source; a batch is a pure function of the samples and the epoch.
public protocol BatchMaker: Sendable {
  /// The batch of `samples`, in this order, as they look in `epoch`.
  ///
  /// - Throws: ``DatasetError`` where a sample cannot be read.
  func makeBatch(of samples: [Int], epoch: Int) throws(DatasetError) -> Batch
}
