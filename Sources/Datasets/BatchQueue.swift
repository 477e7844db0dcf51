/// One batch to make.
struct BatchRequest: Sendable {
  let samples: [Int]
  let epoch: Int
}

/// What the loader and its thread share: requests in order, finished batches in the same order.
struct BatchQueue: Sendable {
  /// What the thread is to do next: make a batch, or end.
  enum Task {
    case make(BatchRequest)
    case end

    var request: BatchRequest? {
      guard case .make(let request) = self else { return nil }
      return request
    }
  }

  var requests: [BatchRequest] = []
  var finished: [Result<Batch, DatasetError>] = []

  /// Requests whose batch has not been taken.
  var outstanding = 0

  var isShutDown = false

  /// The thread's next task, or nil while it has to wait.
  mutating func nextRequest(depth: Int) -> Task? {
    if isShutDown { return .end }
    guard finished.count < depth && !requests.isEmpty else { return nil }
    return .make(requests.removeFirst())
  }

  /// The oldest finished batch, or nil while there is none.
  mutating func takeFinished() -> Result<Batch, DatasetError>? {
    guard !finished.isEmpty else { return nil }
    outstanding -= 1
    return finished.removeFirst()
  }
}
