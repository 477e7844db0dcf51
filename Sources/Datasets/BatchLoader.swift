public import Batches
import Threading

/// Makes batches ahead of time on one thread of its own.
///
/// Requests are queued, and ``next()`` hands out their batches in the same order. At most `depth`
/// finished batches wait; the thread sleeps until one is taken. A batch is a pure function of the
/// request and of what the loader was made with. The loader may be asked from any thread.
public final class BatchLoader: Sendable {
  private let queue = Monitor(BatchQueue())
  private let thread: BackgroundThread
  private let visitCount: Int

  /// A loader of samples of `source`.
  ///
  /// - Parameters:
  ///   - source: where the samples are.
  ///   - settings: what is done to them.
  ///   - depth: finished batches that may wait, at least 1.
  /// - Throws: ``DatasetError`` if the system grants no thread.
  public init(
    source: any SampleSource, _ settings: BatchSettings, depth: Int = 2
  ) throws(DatasetError) {
    precondition(depth > 0, "a queue of \(depth) batches")
    let maker = source.batchMaker(settings)
    visitCount = source.count * settings.repeats
    do {
      thread = try BackgroundThread(name: "prefetch") { [queue] in
        while let request = queue.wait({ $0.nextRequest(depth: depth) }).request {
          let result = Result<Batch, DatasetError> { () throws(DatasetError) in
            try maker.makeBatch(request)
          }
          queue.change { $0.finished.append(result) }
        }
      }
    } catch {
      throw DatasetError(.inputOutput, FileLocation("prefetch"), error.description)
    }
  }

  deinit {
    queue.change { $0.isShutDown = true }
    thread.join()
  }

  /// Queues a batch of `samples` as they look in `epoch`; returns at once.
  ///
  /// - Parameters:
  ///   - samples: numbers of samples of the source, in the order that the batch is to have.
  ///   - epoch: from 0; what is done at random depends on it.
  public func request(samples: [Int], epoch: Int) {
    request(BatchRequest(samples: samples, epoch: epoch))
  }

  /// Queues a batch; returns at once.
  public func request(_ request: BatchRequest) {
    for sample in request.samples {
      precondition(0 <= sample && sample < visitCount, "sample \(sample) of \(visitCount)")
    }
    queue.change {
      $0.requests.append(request)
      $0.outstanding += 1
    }
  }

  /// Waits for the batch of the oldest request that has not been taken.
  ///
  /// - Throws: the ``DatasetError`` that this request met; those after it are not affected.
  /// - Precondition: there is such a request.
  public func next() throws(DatasetError) -> Batch {
    let result = queue.wait { queue in
      precondition(queue.outstanding > 0, "no batch was requested")
      return queue.takeFinished()
    }
    return try result.get()
  }
}
