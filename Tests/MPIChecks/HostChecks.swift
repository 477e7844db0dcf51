import Comm
import Glibc

let hostChecks: [String: Check] = [
  "heartbeats": { communication, _ in try checkHeartbeats(communication) }
]

/// The first rank of each host hears of all ranks of the other hosts, while the last rank is late to a collective in
/// which the others wait; ranks that are not the first hear nothing.
private func checkHeartbeats(_ communication: CommunicationThread) throws {
  let (heartbeats, rank, size) = (communication.heartbeats, communication.rank, communication.size)
  let others = (0..<size).filter { !heartbeats.ranks.contains($0) }
  try expectEqual(heartbeats.hasOtherHosts, !others.isEmpty, "whether there are other hosts")
  try expectEqual(heartbeats.processesOfAll[rank], getpid(), "the process of this rank")
  heartbeats.enter(7, step: UInt32(rank) + 1, by: .compute)
  heartbeats.enter(bucket: rank)
  let isLate = rank == size - 1
  let early = isLate ? nil : communication.start { try $0.barrier() }
  let hears = heartbeats.own == 0 ? others : []
  for attempt in 0... {
    let heard = heartbeats.elsewhere
    if hears.allSatisfy({ heard[$0]?.bucket == $0 }) { break }
    try expect(attempt < 6_000, "after a minute rank \(rank) has heard \(heard) of \(hears)")
    usleep(10_000)
  }
  let heard = heartbeats.elsewhere
  try expectEqual(heard.keys.sorted(), hears, "the ranks that are heard")
  for (other, heartbeat) in heard {
    try expectEqual(heartbeat.compute.phase, 7, "the phase of rank \(other)")
    try expectEqual(heartbeat.compute.progress, 1, "the progress of rank \(other)")
    try expectEqual(heartbeat.bucket, other, "the bucket of rank \(other)")
    try expect(!heartbeat.isEnding && !heartbeat.hasFailed, "rank \(other) ends")
  }
  try (early ?? communication.start { try $0.barrier() }).wait()
}
