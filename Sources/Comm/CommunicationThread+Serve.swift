import CMPI
import Glibc
import Threading

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
