import Batches
import Synchronization

/// A set whose batches are counted as they are made.
package struct WatchedSource: SampleSource {
  private let source: any SampleSource
  private let counter: Counter

  /// `source`; in one pass this rank takes about `1 / ranks` of it.
  ///
  /// `progress` receives the share of it that is done; a worker's loader is a batch ahead of it.
  package init(
    _ source: any SampleSource, ranks: Int, progress: @escaping @Sendable (Double) -> Void
  ) {
    self.source = source
    counter = Counter(total: Double(source.count) / Double(ranks), progress: progress)
  }

  package var count: Int { source.count }
  package var digest: String { source.digest }
  package var memoryBytes: Int { source.memoryBytes }

  package func batchMaker(_ settings: BatchSettings) -> any BatchMaker {
    CountingBatchMaker(maker: source.batchMaker(settings), counter: counter)
  }
}

private struct CountingBatchMaker: BatchMaker {
  let maker: any BatchMaker
  let counter: Counter

  func makeBatch(_ request: BatchRequest) throws(DatasetError) -> Batch {
    let batch = try maker.makeBatch(request)
    counter.add(request.samples.count)
    return batch
  }
}

private final class Counter: Sendable {
  private let total: Double
  private let progress: @Sendable (Double) -> Void
  private let done = Atomic<Int>(0)

  init(total: Double, progress: @escaping @Sendable (Double) -> Void) {
    self.total = total
    self.progress = progress
  }

  func add(_ samples: Int) {
    let now = done.add(samples, ordering: .relaxed).newValue
    progress(min(1, Double(now) / total))
  }
}
