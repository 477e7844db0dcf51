import CMPI
import Files
import Glibc
import Platform
import Threading

/// What the communication thread does from its start to its end.
func serve(
  _ queue: Monitor<JobQueue>, launch: LaunchEnvironment, partLimit: Int, maySpin: Bool
) {
  do {
    var communicator = try makeCommunicator(launch, partLimit: partLimit)
    let hosts = launch.hosts(try communicator.ranksOfHosts())
    let heartbeats = try Heartbeats(communicator, host: HostName.current, hosts)
    if heartbeats.hasOtherHosts {
      let relay = try HeartbeatRelay(heartbeats, maySpin: maySpin, communicator)
      communicator.relay = relay
    }
    let (rank, size) = (communicator.rank, communicator.size)
    queue.change { $0.world = .success((rank, size, heartbeats)) }
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
    guard let order = nextOrder(of: queue, communicator) else { continue }
    switch order {
    case .run(let job, let number, let mayBlock):
      if mayBlock {
        guard exchanges.finishWhatHoldsUpOthers(communicator) else { continue }
      }
      exchanges.run(job, number: number, communicator)
    case .abort(let code): communicator.abort(code: code)
    case .end: return
    }
  }
}

/// What to do next; nil where it is time to tell other hosts that this one has nothing to do.
private func nextOrder(
  of queue: Monitor<JobQueue>, _ communicator: borrowing Communicator
) -> JobQueue.Order? {
  guard let relay = communicator.relay, let pause = relay.pause else {
    let order: JobQueue.Order = queue.wait { $0.next() }
    return order
  }
  if let order: JobQueue.Order = queue.wait(atMost: pause, { $0.next() }) { return order }
  do {
    try relay.turn(communicator)
  } catch {
    queue.change { $0.fail(with: error) }
  }
  return nil
}

/// Ends a rank that MPI cannot connect with the others: one of them may have died at its start,
/// or a host may be unreachable, and `MPI_Init` would wait forever.
struct StartGuard {
  private static let usualSeconds = 60

  /// Begins to count.
  ///
  /// - Parameters:
  ///   - queue: receives the news that the world is ready.
  ///   - launch: how the process was started.
  /// - Throws: `ThreadError` if the system grants no thread.
  static func start(_ queue: Monitor<JobQueue>, _ launch: LaunchEnvironment) throws(ThreadError) {
    guard launch.mode == .mpi else { return }
    let seconds = launch.startTimeout ?? usualSeconds
    _ = try BackgroundThread(name: "start guard") {
      for _ in 0..<seconds {
        _ = sleep(1)
        if queue.read({ $0.world != nil || $0.isClosed }) { return }
      }
      end(after: seconds, rank: launch.launchedRank)
    }
  }

  private static func end(after seconds: Int, rank: Int) -> Never {
    // Only the first to end prints a line: the launcher then ends the others.
    _ = usleep(UInt32(clamping: min(rank, 20)) * 100_000)
    StandardError.writeLine(
      "gmlp-train: rank \(rank) on \(HostName.current): MPI did not connect the ranks within "
        + "\(seconds) s: one of them has died, or its host cannot be reached; start again, or set "
        + "\(LaunchEnvironment.startTimeoutVariable) to more seconds")
    _exit(ExitCode.rankLost.rawValue)
  }
}
