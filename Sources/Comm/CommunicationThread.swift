import CMPI
import Glibc
import Threading

/// The one thread that calls MPI: a queue of jobs, carried out one after the other.
///
/// Every rank starts its jobs in the same order, from whichever threads, so that the collectives
/// inside them meet. A job gets the ``Communicator`` and blocks the queue until it returns; an
/// ``Exchange`` that it starts continues beside later jobs. Buffers that jobs use are shared objects that
/// the closures capture; no other thread touches them between
/// ``start(_:)`` and ``PendingWork/wait()``.
///
/// Once a job has failed all later ones fail with the same error, without being run: the ranks are
/// then no longer in step, and the run has to end by ``abort(code:message:)``.
public final class CommunicationThread: Sendable {
  /// The number of this rank.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The name of this host.
  public let host: String
  /// The processors on which this process may run, as they were before MPI was started.
  public let processors: ProcessorSet
  /// Whether this thread may spin while it waits, having a core of its own.
  public let hasOwnCore: Bool

  /// What the ranks of this host do, for each other to see.
  public let heartbeats: Heartbeats

  let queue: Monitor<JobQueue>
  let launch: LaunchEnvironment
  private let thread: BackgroundThread

  /// Starts the thread and, where a launcher was found, MPI on it.
  ///
  /// Blocks until all ranks are there.
  ///
  /// - Parameters:
  ///   - launch: how the process was started.
  ///   - computeThreads: threads of this rank that compute beside the communication. Decides
  ///     whether Open MPI yields while it waits.
  ///   - partLimit: the largest number of elements in one message. Only tests lower it.
  /// - Throws: ``MPIError``; ``LaunchError`` where files may not be long enough for the memory that
  ///   the ranks share, and where this process was started as one of several but
  ///   MPI finds a world of one.
  public init(
    _ launch: LaunchEnvironment, computeThreads: Int, partLimit: Int = Int(Int32.max)
  ) throws {
    precondition(
      (1...Int(Int32.max)).contains(partLimit), "messages of at most \(partLimit) elements")
    try launch.requireSharedFiles()
    let processors = ProcessorSet.ofThisThread() ?? ProcessorSet([])
    hasOwnCore = launch.hasCoreForCommunication(
      processors: processors, computeThreads: computeThreads)
    if launch.mode == .mpi && launch.yieldWhenIdle == nil && !hasOwnCore {
      let status = unsafe setenv(LaunchEnvironment.yieldVariable, "1", 1)
      precondition(status == 0, "setenv failed with error \(errno)")
    }
    self.processors = processors
    self.launch = launch
    host = HostName.current
    queue = Monitor(JobQueue())
    thread = try BackgroundThread(name: "communication") { [queue, launch, maySpin = hasOwnCore] in
      serve(queue, launch: launch, partLimit: partLimit, maySpin: maySpin)
    }
    try StartGuard.start(queue, launch)
    let world = try queue.wait { $0.world }.get()
    rank = world.rank
    size = world.size
    heartbeats = world.heartbeats
    if size == 1 && launch.launchedTasks > 1 {
      try finalize()
      throw LaunchError.separateWorlds(
        tasks: launch.launchedTasks, counter: launch.counter)
    }
  }

  deinit {
    let isRightEnd = queue.change { state in
      defer { state.isClosed = true }
      return state.isClosed || state.hasFailed
    }
    precondition(isRightEnd, "a communication thread was dropped, not finalized")
  }

  /// Whether this process has started MPI, which it never does without a launcher.
  public static var isMPIInitialized: Bool {
    var flag: Int32 = 0
    precondition(unsafe MPI_Initialized(&flag) == MPI_SUCCESS, "MPI_Initialized failed")
    return flag != 0
  }

  /// Seconds for which the thread has had a processor: to move messages, to add up what has come, and to look for
  /// what has not; not to be asked for after ``finalize()``.
  public var processorSeconds: Double { thread.processorSeconds }

  /// Queues `job` and waits for its result.
  ///
  /// - Throws: what the job throws, or what an earlier job has thrown.
  public func perform<Result: Sendable>(
    _ job: @escaping @Sendable (borrowing Communicator) throws -> Result
  ) throws -> Result {
    let result = Monitor<Result?>(nil)
    try start { communicator in
      let value = try job(communicator)
      result.change { $0 = value }
    }.wait()
    return result.wait { $0 }
  }

  /// Queues `job` and returns at once.
  public func start(
    _ job: @escaping @Sendable (borrowing Communicator) throws -> Void
  ) -> PendingWork {
    start(mayBlock: true) { communicator in
      try job(communicator)
      return nil
    }
  }

  /// Queues `job`, which may leave an exchange in progress; returns at once.
  ///
  /// The work ends with the exchange. Until then the later jobs are run, and between them the
  /// messages are moved on. At most ``exchangeLimit`` exchanges are in progress: then the next job waits.
  /// Where ranks meet at the end of an exchange, or it has rounds to start, a job that was given to ``start(_:)``
  /// waits for that too.
  public func startExchange(
    _ job: @escaping @Sendable (borrowing Communicator) throws -> Exchange?
  ) -> PendingWork {
    start(mayBlock: false, job)
  }

  private func start(mayBlock: Bool, _ job: @escaping JobQueue.Job) -> PendingWork {
    PendingWork(number: queue.change { $0.append(job, mayBlock: mayBlock) }, queue: queue)
  }

  /// The most exchanges that are in progress at once.
  public static var exchangeLimit: Int { JobQueue.exchangeLimit }

  /// Makes all jobs fail that have not begun, and all later ones.
  ///
  /// For a caller that gives up while work is in progress, so that no thread waits for it in vain and
  /// pending work may be dropped. The first error counts.
  public func fail(with error: any Error) {
    queue.change { $0.fail(with: error) }
  }

  /// Ends a run that succeeded: waits for all ranks, ends MPI and the thread.
  ///
  /// - Throws: what a job has thrown, or ``MPIError``.
  public func finalize() throws {
    heartbeats.markEnding()
    try start { communicator throws(MPIError) in
      try communicator.barrier()
      try communicator.finish()
    }.wait()
    queue.change { $0.isClosed = true }
    thread.join()
  }
}
