import Comm
import Glibc
import Synchronization

/// Ways for a run to end, and what may disturb it: the argument is a code, a rank or unused.
let endingChecks: [String: Check] = [
  // All ranks know of the error: rank zero says it, all end with the code.
  "end-together": { communication, code in
    print("goodbye")
    communication.endTogether(code: Int32(code), message: "all ranks see this")
  },
  // The last rank fails while its communication thread is free, the others are in a collective.
  "abort-free": { communication, code in
    if communication.rank == communication.size - 1 {
      communication.abort(code: Int32(code), message: "the last rank gives up")
    }
    try communication.perform { try $0.barrier() }
  },
  // The last rank fails while its communication thread is in a collective that never ends.
  "abort-stuck": { communication, code in
    if communication.rank == 0 && communication.size > 1 { waitForever() }
    let work = communication.start { communicator in
      if communicator.size > 1 { try communicator.barrier() } else { waitForever() }
    }
    if communication.rank == communication.size - 1 {
      usleep(200_000)
      communication.abort(code: Int32(code), message: "the last rank gives up")
    }
    try work.wait()
  },
  // Two threads of every rank give up at once.
  "abort-everywhere": { communication, code in
    startDetachedThread {
      communication.abort(code: Int32(code), message: "one of many gives up")
    }
    communication.abort(code: Int32(code), message: "one of many gives up")
  },
  // The rank in the argument dies by the kernel's hand.
  "killed": { communication, rank in
    if communication.rank == rank { raise(SIGKILL) }
    try communication.perform { try $0.barrier() }
  },
  // Every rank expects another count from its neighbour than the neighbour sends.
  "wrong-counts": { communication, sent in
    try communication.perform { try exchange(with: $0, sent: sent, expected: 3) }
  },
  "mpi-initialized": { communication, expected in
    try expectEqual(
      CommunicationThread.isMPIInitialized, expected == 1, "whether MPI is initialised")
  },
  "print-yield": { communication, _ in
    let value = LaunchEnvironment.processVariable("OMPI_MCA_mpi_yield_when_idle") ?? "unset"
    if communication.rank == 0 { print("yield \(value)") }
  },
  "signals": { communication, _ in try checkSignals(communication) },
  "forwarded-signal": { communication, _ in try checkForwardedSignal(communication) },
]

private func waitForever() { while true { pause() } }

private func exchange(
  with communicator: borrowing Communicator, sent: Int, expected: Int
) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let (values, result) = (Values(count: sent), Values(count: expected))
  let exchange = try communicator.exchange(
    sending: [values.message(0..<sent, with: (rank + 1) % size)],
    receiving: [result.message(0..<expected, with: (rank + size - 1) % size)], then: {})
  try exchange.wait(for: communicator)
}

private let signalsSeen = Atomic<Int>(0)
private let isDone = Atomic<Bool>(false)

private func countSignals(_ signals: [Int32]) {
  // The first use of a global runs its initialiser, which must not happen inside a handler.
  signalsSeen.store(0, ordering: .relaxed)
  for number in signals {
    signal(number) { _ in signalsSeen.wrappingAdd(1, ordering: .relaxed) }
  }
}

/// Collectives while signals rain on the process: each arrives, and no call is disturbed.
private func checkSignals(_ communication: CommunicationThread) throws {
  let signals = [SIGUSR1, SIGUSR2, SIGTERM, SIGINT]
  countSignals(signals)
  startDetachedThread {
    while !isDone.load(ordering: .relaxed) {
      for number in signals { kill(getpid(), number) }
      usleep(500)
    }
  }
  // As many rounds as it takes until every rank has seen plenty, alike on all ranks: a signal that does
  // not arrive is found by the deadline of the test.
  var round = 0
  var leastSeen = 0
  while leastSeen < 100 {
    round += 1
    let count = round % 3 == 0 ? 50_021 : 3
    let number = round
    let sums = try communication.perform { communicator in
      var values = [Float](repeating: Float(communicator.rank + number), count: count)
      var span = values.mutableSpan
      try communicator.allReduce(&span, .sum)
      return values
    }
    let size = communication.size
    let wanted = Float(size * (size - 1) / 2 + size * round)
    try expect(sums.allSatisfy { $0 == wanted }, "a sum of round \(round) is not \(wanted)")
    let seen = Int64(signalsSeen.load(ordering: .relaxed))
    leastSeen = Int(try communication.perform { try $0.allReduce(seen, .min) })
  }
  isDone.store(true, ordering: .relaxed)
}

/// Waits until every rank has seen the signal that the test sends to mpirun, then ends with 75.
private func checkForwardedSignal(_ communication: CommunicationThread) throws {
  countSignals([SIGUSR2])
  try communication.perform { try $0.barrier() }
  if communication.rank == 0 {
    print("ready")
    fflush(nil)
  }
  while try communication.perform({
    try $0.allReduce(Int64(signalsSeen.load(ordering: .relaxed)), .min)
  }) == 0 {
    usleep(10_000)
  }
  communication.endTogether(code: 75)
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a thread that nobody waits for.
private func startDetachedThread(_ body: @escaping @Sendable () -> Void) {
  var thread = pthread_t()
  let box = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      if let argument = unsafe argument {
        unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      }
      return nil
    }, box)
  precondition(status == 0, "pthread_create failed with error \(status)")
}
