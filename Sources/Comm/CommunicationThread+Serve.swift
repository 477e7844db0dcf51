import CMPI
import Glibc
import Threading

/// What the communication thread does from its start to its end.
func serve(
  _ queue: Monitor<JobQueue>, launch: LaunchEnvironment, partLimit: Int, maySpin: Bool
) {
  do {
    let communicator = try makeCommunicator(launch, partLimit: partLimit)
    let heartbeats = try Heartbeats(communicator, host: HostName.current)
    queue.change { $0.world = .success((communicator.rank, communicator.size, heartbeats)) }
    carryOutJobs(of: queue, with: communicator, maySpin: maySpin)
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
  of queue: Monitor<JobQueue>, with communicator: borrowing Communicator, maySpin: Bool
) {
  var exchanges = ExchangesUnderWay(queue, maySpin: maySpin)
  while true {
    if !exchanges.isEmpty && !queue.read(\.hasNext) {
      exchanges.advance(communicator)
      continue
    }
    switch queue.wait({ $0.next() }) {
    case .run(let job, let number): exchanges.run(job, number: number, communicator)
    case .abort(let code): communicator.abort(code: code)
    case .end: return
    }
  }
}
