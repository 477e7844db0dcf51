import Batches

/// What the loader and its thread share: requests in order, finished batches in the same order.
struct BatchQueue: Sendable {
  /// What the thread is to do next: make a batch, or end.
  enum Job {
    case make(BatchRequest)
    case end

    var request: BatchRequest? {
      guard case .make(let request) = self else { return nil }
      return request
    }
  }

  /// A slice, whose first element goes in constant time however many requests wait.
  var requests: ArraySlice<BatchRequest> = []

  var finished: [Result<Batch, DatasetError>] = []

  /// Requests whose batch has not been taken.
  var outstanding = 0

  var isShutDown = false

  /// The thread's next job, or nil while it has to wait.
  mutating func nextRequest(depth: Int) -> Job? {
    if isShutDown { return .end }
    guard finished.count < depth, let request = requests.popFirst() else { return nil }
    return .make(request)
  }

  /// The oldest finished batch, or nil while there is none.
  mutating func takeFinished() -> Result<Batch, DatasetError>? {
    guard !finished.isEmpty else { return nil }
    outstanding -= 1
    return finished.removeFirst()
  }
}
