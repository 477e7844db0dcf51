import Threading

/// A job that was queued, and must be waited for.
///
/// To drop one is a mistake and traps, except when a job has failed or ``CommunicationThread/fail(with:)``
/// was called: then the run is at its end, and even the job that is running need not be waited for.
public final class PendingWork: Sendable {
  private let number: Int
  private let queue: Monitor<JobQueue>
  private let hasWaited = Monitor(false)

  init(number: Int, queue: Monitor<JobQueue>) {
    self.number = number
    self.queue = queue
  }

  /// Blocks until the job has ended.
  ///
  /// - Throws: what the job has thrown, or what an earlier job has thrown.
  public func wait() throws {
    hasWaited.change { $0 = true }
    try queue.wait { [number] in $0.result(of: number) }.get()
  }

  /// Whether the job has ended, so that ``wait()`` returns at once.
  public var isFinished: Bool {
    queue.change { [number] in $0.result(of: number) != nil }
  }

  deinit {
    if hasWaited.change({ $0 }) { return }
    precondition(
      queue.change { $0.hasFailed }, "pending work was dropped before it was waited for")
  }
}
