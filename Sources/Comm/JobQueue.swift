import Threading

/// What the communication thread still has to do, and how far it has come.
struct JobQueue {
  /// A job; what it leaves in progress ends later.
  typealias Job = @Sendable (borrowing Communicator) throws -> Exchange?

  /// The most exchanges in progress at once: enough for the link to have work while some are added up,
  /// few enough that the first of them is not held up by what the others have put before its replies.
  static let exchangeLimit = 4

  /// What the thread is asked to do next.
  enum Order {
    /// A job; it may block unless it only starts an exchange.
    case run(Job, number: Int, mayBlock: Bool)
    case abort(code: Int32)
    case end
  }

  private var jobs: [(job: Job, mayBlock: Bool)] = []
  /// The number of jobs that were queued; the next one gets this number.
  private var queued = 0
  /// The numbers of the jobs that have begun and not ended, in their order.
  private var open: [Int] = []
  /// The error that ended the work, and the first job that did not succeed: the later ones count as
  /// failed too.
  private var failure: (first: Int, error: any Error)?
  /// Set once, when MPI is ready or has failed to start.
  var world: Result<(rank: Int, size: Int, heartbeats: Heartbeats), any Error>?
  /// Set when the communication thread is to end all ranks.
  var abortCode: Int32?
  private var isAborting = false
  /// Whether a job has failed, so that the ranks are no longer in step.
  var hasFailed: Bool { failure != nil }
  /// No job will come any more.
  var isClosed = false

  /// Queues a job and returns its number.
  mutating func append(_ job: @escaping Job, mayBlock: Bool) -> Int {
    precondition(!isClosed, "a job was queued after the communication was finalized")
    defer { queued += 1 }
    if failure == nil { jobs.append((job, mayBlock)) }
    return queued
  }

  /// Whether there is something to do now.
  var hasNext: Bool { abortCode != nil || mayRun || isClosed }

  private var mayRun: Bool { !jobs.isEmpty && open.count < Self.exchangeLimit }

  /// The next order, or nil if there is nothing to do yet; an abort goes before all jobs.
  mutating func next() -> Order? {
    if let abortCode { return .abort(code: abortCode) }
    if mayRun {
      let number = queued - jobs.count
      open.append(number)
      let next = jobs.removeFirst()
      return .run(next.job, number: number, mayBlock: next.mayBlock)
    }
    return isClosed ? .end : nil
  }

  /// Notes that a job has ended, with all it left in progress.
  mutating func finish(_ number: Int, _ result: Result<Void, any Error>) {
    // What is still in progress goes no further after a failure.
    if case .failure(let error) = result { fail(with: error, from: open.first ?? number) }
    open.removeAll { $0 == number }
  }

  /// Makes all jobs fail that have not begun.
  mutating func fail(with error: any Error) {
    fail(with: error, from: queued - jobs.count)
  }

  private mutating func fail(with error: any Error, from first: Int) {
    failure = (min(first, failure?.first ?? first), failure?.error ?? error)
    jobs = []
  }

  /// How job `number` ended, or nil while it is queued or running.
  func result(of number: Int) -> Result<Void, any Error>? {
    if let failure, number >= failure.first { return .failure(failure.error) }
    let hasEnded = number < queued - jobs.count && !open.contains(number)
    return hasEnded ? .success(()) : nil
  }

  /// True for the first who wants to end the run at once, false for all others.
  mutating func claimAbort() -> Bool {
    defer { isAborting = true }
    return !isAborting
  }
}

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
