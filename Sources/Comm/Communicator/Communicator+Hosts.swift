import CMPI
import Glibc

extension Communicator {
  /// Whether all ranks can share memory, being on one host; the same answer on every rank.
  ///
  /// - Throws: ``MPIError``.
  public func isOnOneHost() throws(MPIError) -> Bool {
    try allReduce(Int64(try withRanksOfHost { $0.size }), .min) == Int64(size)
  }

  /// The ranks of each host, being those that can share memory; the same answer on every rank.
  ///
  /// - Throws: ``MPIError``.
  public func ranksOfHosts() throws(MPIError) -> HostRanks {
    let (place, count) = try withRanksOfHost { ($0.rank, $0.size) }
    let own = place == 0 ? [Int64(count)] : []
    return HostRanks(counts: try allGather(own).flatMap { $0.map { Int($0) } })
  }

  /// Lends `body` the ranks that can share memory with this one, numbered in the same order.
  ///
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 6.4.2, `MPI_COMM_TYPE_SHARED`.
  func withRanksOfHost<Result>(
    _ body: (borrowing Communicator) throws(MPIError) -> Result
  ) throws(MPIError) -> Result {
    guard let handle else { return try body(self) }
    var neighbours: cmpi_handle = 0
    try check(
      "MPI_Comm_split_type", unsafe cmpi_split_hosts(handle, Int32(rank), &neighbours))
    return try lend(neighbours, body)
  }

  /// Lends `body` the ranks that are on this one's host according to `hosts`, numbered in the same order.
  ///
  /// - Throws: ``MPIError``.
  package func withNeighbours<Result>(
    _ hosts: HostRanks, _ body: (borrowing Communicator) throws(MPIError) -> Result
  ) throws(MPIError) -> Result {
    precondition(hosts.ranks == size, "\(hosts.ranks) ranks of hosts in a world of \(size)")
    guard let handle else { return try body(self) }
    var neighbours: cmpi_handle = 0
    try check(
      "MPI_Comm_split",
      unsafe cmpi_split(handle, Int32(hosts.host(of: rank)), Int32(rank), &neighbours))
    return try lend(neighbours, body)
  }

  /// Lends `body` a part of the ranks, which is then given back to MPI.
  private func lend<Result>(
    _ part: cmpi_handle, _ body: (borrowing Communicator) throws(MPIError) -> Result
  ) throws(MPIError) -> Result {
    let result = try body(try Communicator(part, partLimit: partLimit))
    var freed = part
    try check("MPI_Comm_free", unsafe cmpi_free(&freed))
    return result
  }

  /// Lets MPI progress messages that other ranks wait for, while this rank waits outside MPI, and moves on all that
  /// goes on beside.
  ///
  /// It looks for a message that nobody sends: where one is found, MPI may return without having done anything else.
  func progress() throws(MPIError) {
    guard let handle else { return }
    var flag: Int32 = 0
    try check("MPI_Iprobe", unsafe cmpi_look(handle, Self.unusedTag, &flag))
    _ = try moveOn()
  }

  /// Starts what exchanges have still to start and may start now, and lets hosts hear of each other; never waits.
  ///
  /// - Returns: whether something was started.
  func moveOn() throws(MPIError) -> Bool {
    try relay?.turn(self)
    return try roundsToStart.advance(self)
  }
}

extension Communicator {
  /// Copies some bytes from the memory of every other rank of this host, as Open MPI's shared-memory
  /// transport does with large messages.
  ///
  /// Collective.
  ///
  /// - Parameter neighbours: the ranks of this host.
  /// - Throws: ``MPIError``.
  /// - Returns: why the system refused, with the rank; nil if all copies succeeded.
  public func singleCopyFault(among neighbours: [Int]) throws(MPIError) -> String? {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    defer { unsafe memory.deallocate() }
    let token = UInt64.random(in: 1...UInt64.max)
    unsafe memory.initialize(to: token)
    let address = Int64(Int(bitPattern: memory))
    let all = try allGather([Int64(getpid()), address, Int64(bitPattern: token)])
    var fault: String?
    for peer in neighbours where peer != rank && fault == nil {
      fault = Self.copyFault(words: all[peer]).map { "rank \(peer): \($0)" }
    }
    // Nobody gives its memory back while others read it.
    try barrier()
    return fault
  }

  private static func copyFault(words: [Int64]) -> String? {
    var copy: UInt64 = 0
    let bytes = MemoryLayout<UInt64>.size
    let count = unsafe cmpi_read_memory(
      Int32(truncatingIfNeeded: words[0]), UInt(bitPattern: Int(words[1])), &copy, UInt(bytes))
    if count < 0 { return "process_vm_readv: \(unsafe String(cString: strerror(errno)))" }
    let isRight = count == bytes && copy == UInt64(bitPattern: words[2])
    return isRight
      ? nil : "process_vm_readv read another process: the ranks' process numbers differ"
  }
}

extension Communicator {
  /// Seconds for floats to this host's successor while as many come from its predecessor.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - ring: ranks, one of each host; the others only wait.
  ///   - count: floats of a message.
  ///   - rounds: number of messages; the quickest counts; at least 1.
  /// - Throws: ``MPIError``.
  /// - Returns: nil on ranks that are not in the ring, and where the ring is one rank.
  public func messageSeconds(
    ring: [Int], count: Int, rounds: Int
  ) throws -> Double? {
    precondition(count > 0 && rounds > 0, "\(rounds) messages of \(count) floats")
    guard let place = ring.firstIndex(of: rank), ring.count > 1 else {
      for _ in 0..<rounds { try barrier() }
      return nil
    }
    let next = ring[(place + 1) % ring.count]
    let previous = ring[(place + ring.count - 1) % ring.count]
    let (leaving, arriving) = (MessageMemory(count: count), MessageMemory(count: count))
    var best = Duration.seconds(1_000_000)
    for _ in 0..<rounds {
      try barrier()
      let started = ContinuousClock.now
      let exchange = try exchange(
        sending: [leaving.message(with: next)], receiving: [arriving.message(with: previous)],
        then: {})
      try exchange.wait(for: self)
      best = min(best, started.duration(to: .now))
    }
    return best / .seconds(1)
  }

  /// Exchanges a few bytes with `peer`, and says when they have arrived.
  ///
  /// - Throws: ``MPIError``.
  /// - Returns: the exchange, in progress.
  public func greeting(with peer: Int, then completion: @escaping () -> Void) throws(MPIError)
    -> Exchange
  {
    let (leaving, arriving) = (MessageMemory(count: 1), MessageMemory(count: 1))
    return try exchange(
      sending: [leaving.message(with: peer)], receiving: [arriving.message(with: peer)],
      then: completion)
  }
}

/// Floats that travel, zeros at first.
@safe private final class MessageMemory: @unchecked Sendable {
  private let floats: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    unsafe floats = .allocate(capacity: count)
    unsafe floats.initialize(repeating: 0)
  }

  deinit { unsafe floats.deallocate() }

  func message(with peer: Int) -> Message { unsafe Message(floats, owner: self, peer: peer) }
}
