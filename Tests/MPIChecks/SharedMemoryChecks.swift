import Comm
import Glibc

/// What ranks on one host do with memory that they share.
let sharedMemoryChecks: [String: Check] = [
  "shared-memory": { communication, _ in try communication.perform(checkSharing) },
  "shared-synchronize": { communication, _ in try communication.perform(checkSynchronizing) },
  "shared-refused": { communication, rank in
    try communication.perform { try checkRefusal($0, by: rank) }
  },
  // The rank in the argument dies while the others wait for it in shared memory.
  "shared-killed": { communication, rank in
    try communication.perform { communicator in
      let memory = try allocate(1, communicator)
      if communicator.rank == rank { raise(SIGKILL) }
      try memory.synchronize(communicator)
    }
  },
  // The last rank fails while the others wait for it in shared memory.
  "shared-abort": { communication, code in
    let memory = try communication.perform { try allocate(1, $0) }
    if communication.rank == communication.size - 1 {
      communication.abort(code: Int32(code), message: "the last rank gives up")
    }
    try communication.perform { try memory.synchronize($0) }
  },
]

private func allocate(
  _ count: Int, _ communicator: borrowing Communicator
) throws -> SharedMemory {
  try SharedMemory.allocate(count: count, maySpin: false, communicator).get()
}

/// Ranks read what the others have written, whole pages and none.
@Sendable private func checkSharing(_ communicator: borrowing Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  try expect(try communicator.isOnOneHost(), "the ranks are not on one host")
  try expectEqual(try communicator.ranksOfHosts().ranges, [0..<size], "the ranks of hosts")
  func count(of rank: Int) -> Int { rank % 3 * 5_000 }
  let memory = try allocate(count(of: rank), communicator)
  try expectEqual(memory.counts, (0..<size).map(count(of:)), "the counts")
  let own = unsafe memory.floats(of: rank)
  for index in own.indices {
    try expectEqual(unsafe own[index], 0, "a new element")
    unsafe own[index] = Float(index + rank)
  }
  memory.announce((0...rank).map { $0 * 1_000 + rank })
  try memory.synchronize(communicator)
  for peer in 0..<size {
    let values = unsafe memory.floats(of: peer)
    try expectEqual(values.count, count(of: peer), "the elements of rank \(peer)")
    for index in values.indices {
      try expectEqual(unsafe values[index], Float(index + peer), "element \(index) of \(peer)")
    }
    try expectEqual(
      memory.announcement(of: peer, count: peer + 1), (0...peer).map { $0 * 1_000 + peer },
      "the numbers of rank \(peer)")
  }
  try memory.synchronize(communicator)
}

/// No rank is ahead of another by more than one synchronisation, however late it comes.
@Sendable private func checkSynchronizing(_ communicator: borrowing Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let memory = try allocate(1, communicator)
  for round in 1...2_000 {
    if (round * 7 + rank * 13) % 501 == 0 { usleep(12_000) }
    unsafe memory.floats(of: rank)[0] = Float(round)
    try memory.synchronize(communicator)
    for peer in 0..<size {
      try expectEqual(unsafe memory.floats(of: peer)[0], Float(round), "the round of rank \(peer)")
    }
    // Messages may come between.
    if round % 100 == 0 { try communicator.barrier() }
    try memory.synchronize(communicator)
  }
}

/// Where one rank cannot have its memory, all ranks hear why and go on.
private func checkRefusal(_ communicator: borrowing Communicator, by rank: Int) throws {
  let refused = rank % communicator.size
  // More than a process can address.
  let count = communicator.rank == refused ? 1 << 48 : 10
  switch try SharedMemory.allocate(count: count, maySpin: false, communicator) {
  case .success: throw CheckFailure(description: "\(count) floats were shared")
  case .failure(let error):
    try expect(
      error.description.hasPrefix("rank \(refused): mmap of "), "the cause is '\(error)'")
  }
  try communicator.barrier()
  try checkSharing(communicator)
}
