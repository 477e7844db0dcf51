import Comm
import Glibc
import Synchronization

let exchangeChecks: [String: Check] = [
  "exchanges": { communication, _ in try checkExchanges(communication) },
  "exchange-meetings": { communication, _ in try checkMeetings(communication) },
  "exchange-rounds": { communication, _ in try checkRounds(communication) },
  "failed-start": { communication, _ in try checkFailedStart(communication) },
  "exchange-in-job": { communication, _ in try checkExchangeInJob(communication) },
  "dead-in-exchange": { communication, rank in try dieInExchange(communication, rank: rank) },
  "error-in-exchange": { communication, rank in try failInExchange(communication, rank: rank) },
]

/// One message from every rank to every other, of lengths that differ, with gaps between them.
private struct Table: Sendable {
  private let number: Int
  private let sent: Values
  private let received: Values
  private let outgoing: [(peer: Int, range: Range<Int>)]
  private let incoming: [(peer: Int, range: Range<Int>)]

  var sending: [Message] { outgoing.map { sent.message($0.range, with: $0.peer) } }
  var receiving: [Message] { incoming.map { received.message($0.range, with: $0.peer) } }

  init(_ number: Int, rank: Int, size: Int, factor: Int) {
    func length(from sender: Int, to receiver: Int) -> Int {
      (sender * 3 + receiver * 5 + number) % 7 % 5 * factor
    }
    let peers = (1..<max(size, 1)).map { (rank + $0) % size }
    var (sentCount, receivedCount) = (0, 0)
    outgoing = peers.map { peer in
      defer { sentCount += length(from: rank, to: peer) + 1 }
      return (peer, sentCount..<sentCount + length(from: rank, to: peer))
    }
    incoming = peers.map { peer in
      defer { receivedCount += length(from: peer, to: rank) + 2 }
      return (peer, receivedCount..<receivedCount + length(from: peer, to: rank))
    }
    sent = Values(count: sentCount)
    received = Values(count: receivedCount)
    for (peer, range) in outgoing {
      for index in range {
        sent[index] = Self.value(number, from: rank, to: peer, index - range.lowerBound)
      }
    }
    self.number = number
  }

  func check(rank: Int) throws {
    for (peer, range) in incoming {
      for index in range {
        let wanted = Self.value(number, from: peer, to: rank, index - range.lowerBound)
        try expectEqual(received[index], wanted, "element \(index) of exchange \(number)")
      }
      try expectEqual(received[range.upperBound], -1, "the gap after the message of rank \(peer)")
    }
  }

  private static func value(_ number: Int, from: Int, to: Int, _ index: Int) -> Float {
    Float((number * 131 + from * 17 + to * 5 + index) % 10_007)
  }
}

/// Many more exchanges than may be in progress, with collectives and late ranks between them.
private func checkExchanges(_ communication: CommunicationThread) throws {
  let (rank, size) = (communication.rank, communication.size)
  let ended = Mutex<[Int]>([])
  let works = (0..<5 * CommunicationThread.exchangeLimit).map { number in
    let table = Table(number, rank: rank, size: size, factor: [0, 1, 40_009][number % 3])
    if number % 11 == rank { usleep(3_000) }
    let exchange = communication.startExchange { communicator in
      try communicator.exchange(sending: table.sending, receiving: table.receiving) {
        try table.check(rank: rank)
        ended.withLock { $0.append(number) }
      }
    }
    let sum = communication.start { communicator in
      let total = try communicator.allReduce(Int64(number), .sum)
      try expectEqual(total, Int64(number * communicator.size), "the sum of number \(number)")
    }
    return [exchange, sum]
  }
  for work in works.joined().reversed() { try work.wait() }
  try expectEqual(ended.withLock { $0 }, Array(works.indices), "the order of the exchanges")
}

/// Ranks meet in shared memory at the end of each exchange, with collectives queued behind that would never end
/// if a rank began one before it came to a meeting.
private func checkMeetings(_ communication: CommunicationThread) throws {
  let (rank, size) = (communication.rank, communication.size)
  let memory = try communication.perform {
    try SharedMemory.allocate(count: 1, maySpin: false, $0).get()
  }
  let ended = Mutex<[Int]>([])
  let works = (0..<5 * CommunicationThread.exchangeLimit).map { number in
    let table = Table(number, rank: rank, size: size, factor: [0, 1, 40_009][number % 3])
    if number % size == rank { usleep(2_000) }
    let exchange = communication.startExchange { communicator in
      try communicator.exchange(sending: table.sending, receiving: table.receiving) {
        try table.check(rank: rank)
      }.thenMeeting {
        try memory.synchronize($0, movingMessages: true)
      }.then {
        ended.withLock { $0.append(number) }
      }
    }
    let sum = communication.start { communicator in
      try expectEqual(ended.withLock { $0.count }, number + 1, "the meetings before a collective")
      let total = try communicator.allReduce(Int64(number), .sum)
      try expectEqual(total, Int64(number * communicator.size), "the sum of number \(number)")
    }
    return [exchange, sum]
  }
  for work in works.joined() { try work.wait() }
}

/// Exchanges in rounds, each rank a host of its own and some of them late: rounds are started while ranks wait in
/// shared memory, first at the start of exchanges, then at their end.
private func checkRounds(_ communication: CommunicationThread) throws {
  let (rank, size) = (communication.rank, communication.size)
  let hosts = HostRanks(counts: Array(repeating: 1, count: size))
  let memory = try communication.perform {
    try SharedMemory.allocate(count: 1, maySpin: false, $0).get()
  }
  for meetsAtEnd in [false, true] {
    let ended = Mutex<[Int]>([])
    let works = (0..<3 * CommunicationThread.exchangeLimit).map { number in
      let table = Table(number, rank: rank, size: size, factor: [40_009, 0, 1][number % 3])
      if number % size == rank { usleep(2_000) }
      return communication.startExchange { communicator in
        if !meetsAtEnd { try memory.synchronize(communicator, movingMessages: true) }
        let exchange = try communicator.exchange(
          sending: table.sending, receiving: table.receiving, between: hosts
        ) {
          try table.check(rank: rank)
          ended.withLock { $0.append(number) }
        }
        if !meetsAtEnd { return exchange }
        return exchange.thenMeeting { try memory.synchronize($0, movingMessages: true) }
      }
    }
    // It may begin only when no rank has rounds to start.
    try communication.perform { try $0.barrier() }
    for work in works { try work.wait() }
    try expectEqual(ended.withLock { $0 }, Array(works.indices), "the order of the exchanges")
  }
}

/// MPI takes the receives of an exchange and refuses a send: what it may still write to stays.
private func checkFailedStart(_ communication: CommunicationThread) throws {
  if communication.size == 1 { return }
  try communication.perform { communicator in
    weak var kept: Values?
    let previous = (communicator.rank + communicator.size - 1) % communicator.size
    let next = (communicator.rank + 1) % communicator.size
    do {
      let received = Values(count: 8)
      kept = received
      // MPI_ANY_TAG: any message may come, but none can leave.
      _ = try communicator.exchange(
        sending: [received.message(4..<8, with: next)],
        receiving: [received.message(0..<4, with: previous)], tag: -1, then: {})
      throw CheckFailure(description: "a message left with any tag")
    } catch let error as MPIError {
      try expectEqual(error.call, "MPI_Isend", "the call that failed")
    }
    // The message that was waited for comes after all.
    let sent = Values(count: 4)
    for index in 0..<4 { sent[index] = Float(index) }
    try communicator.exchange(
      sending: [sent.message(0..<4, with: next)], receiving: [], then: {}
    ).wait(for: communicator)
    for _ in 0..<3 { try communicator.barrier() }
    guard let kept else { throw CheckFailure(description: "memory that MPI writes to was freed") }
    try expectEqual((0..<4).map { kept[$0] }, [0, 1, 2, 3], "what arrived")
  }
}

/// A job that waits for its exchanges itself, in another order than it has started them.
private func checkExchangeInJob(_ communication: CommunicationThread) throws {
  try communication.perform { communicator in
    let (rank, size) = (communicator.rank, communicator.size)
    let tables = (0..<3).map { Table($0, rank: rank, size: size, factor: 20_011) }
    var exchanges: [Exchange] = []
    for table in tables {
      exchanges.append(
        try communicator.exchange(
          sending: table.sending, receiving: table.receiving,
          then: { try table.check(rank: rank) }))
    }
    for number in exchanges.indices.reversed() { try exchanges[number].wait(for: communicator) }
  }
}

/// One rank dies while large messages of all are in progress.
private func dieInExchange(_ communication: CommunicationThread, rank: Int) throws {
  let table = Table(3, rank: communication.rank, size: communication.size, factor: 300_000)
  let work = communication.startExchange { communicator in
    let exchange = try communicator.exchange(
      sending: table.sending, receiving: table.receiving, then: {})
    if communicator.rank == rank { raise(SIGKILL) }
    return exchange
  }
  try work.wait()
  try communication.perform { try $0.barrier() }
}

/// On one rank a job throws while messages are in progress: what waits for them throws too.
private func failInExchange(_ communication: CommunicationThread, rank: Int) throws {
  let table = Table(3, rank: communication.rank, size: communication.size, factor: 300_000)
  let works = [
    communication.startExchange { communicator in
      try communicator.exchange(sending: table.sending, receiving: table.receiving, then: {})
    },
    communication.start { communicator in
      if communicator.rank == rank { throw CheckFailure(description: "planted") }
      try communicator.barrier()
    },
  ]
  for work in works { try work.wait() }
}
