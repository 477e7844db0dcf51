public import Threading

/// A thread that computes parts of portable products for another thread.
public final class ProductHelper: Sendable {
  typealias Job = @Sendable (PortableProducts) -> Void

  private enum State {
    case idle
    case working(Job)
    case ended
  }

  private let state: Monitor<State>
  private let finished: Monitor<Int>
  private let thread: BackgroundThread

  /// Starts the thread, which lives as long as the helper.
  ///
  /// - Throws: `ThreadError` if the system grants none.
  public init() throws(ThreadError) {
    let (state, finished) = (Monitor(State.idle), Monitor(0))
    (self.state, self.finished) = (state, finished)
    thread = try BackgroundThread(name: "products") {
      let products = PortableProducts()
      while let job = Self.next(state) {
        job(products)
        finished.change { $0 += 1 }
        state.change { $0 = .idle }
      }
    }
  }

  deinit {
    state.change { $0 = .ended }
    thread.join()
  }

  /// The number of jobs done so far.
  var finishedJobs: Int { finished.read { $0 } }

  /// Starts `job` on the helper, which must have finished the one before.
  func start(_ job: @escaping Job) {
    state.change { state in
      guard case .idle = state else { preconditionFailure("a helper that is at work") }
      state = .working(job)
    }
  }

  /// Returns when the job is done.
  func finish() {
    state.wait { state in
      if case .idle = state { () } else { nil }
    }
  }

  /// The next job; nil at the end.
  private static func next(_ state: Monitor<State>) -> Job? {
    state.wait { state -> Job?? in
      switch state {
      case .idle: nil
      case .working(let job): .some(job)
      case .ended: .some(nil)
      }
    }
  }
}
