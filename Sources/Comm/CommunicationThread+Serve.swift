import CMPI
import Glibc

/// What the communication thread does from its start to its end.
func serve(_ queue: Monitor<JobQueue>, launch: LaunchEnvironment, partLimit: Int) {
  do {
    carryOutJobs(of: queue, with: try makeCommunicator(launch, partLimit: partLimit))
  } catch {
    queue.change { state in
      state.world = .failure(error)
      state.isClosed = true
    }
  }
}

private func makeCommunicator(
  _ launch: LaunchEnvironment, partLimit: Int
) throws(MPIError) -> Communicator {
  switch launch.mode {
  case .single: Communicator(alone: (), partLimit: partLimit)
  case .mpi: try Communicator(startingMPI: (), partLimit: partLimit)
  }
}

private func carryOutJobs(
  of queue: Monitor<JobQueue>, with communicator: borrowing Communicator
) {
  let (rank, size) = (communicator.rank, communicator.size)
  queue.change { $0.world = .success((rank, size)) }
  while true {
    switch queue.wait({ $0.next() }) {
    case .run(let job): run(job, with: communicator, queue)
    case .abort(let code): communicator.abort(code: code)
    case .end: return
    }
  }
}

private func run(
  _ job: JobQueue.Job, with communicator: borrowing Communicator, _ queue: Monitor<JobQueue>
) {
  do {
    try job(communicator)
    queue.change { $0.finish(.success(())) }
  } catch {
    queue.change { $0.finish(.failure(error)) }
  }
}

/// Runs `body` on a new thread to which no signal is delivered.
///
/// Signals that the program handles would interrupt system calls inside MPI; so this thread and the
/// ones that MPI starts from it leave them to the others.
func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
  var all = sigset_t()
  var before = sigset_t()
  unsafe demand(sigfillset(&all), "sigfillset")
  for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] {
    unsafe demand(sigdelset(&all, fault), "sigdelset")
  }
  unsafe demand(pthread_sigmask(SIG_BLOCK, &all, &before), "pthread_sigmask")
  defer { unsafe demand(pthread_sigmask(SIG_SETMASK, &before, nil), "pthread_sigmask") }
  var thread = pthread_t()
  let box = unsafe Unmanaged.passRetained(ThreadBody(body))
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, box.toOpaque())
  precondition(status == 0, "pthread_create failed with error \(status)")
  return thread
}

private final class ThreadBody: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
