import Comm
import Glibc
import Synchronization

/// Jobs that meet those of other ranks, waited for in another order than they were queued.
func checkQueue(_ communication: CommunicationThread) throws {
  let order = Mutex<[Int]>([])
  let works = (0..<50).map { number in
    communication.start { communicator in
      let root = number % communicator.size
      let given = communicator.rank == root ? [Int64(number)] : []
      let found = try communicator.broadcast(given, from: root)
      try expectEqual(found, [Int64(number)], "the number of job \(number)")
      order.withLock { $0.append(number) }
    }
  }
  for work in works.reversed() { try work.wait() }
  try expectEqual(order.withLock { $0 }, Array(0..<50), "the order of jobs")
}

func checkPlacement(_ communication: CommunicationThread) throws {
  let placement = try communication.placement()
  try expectEqual(placement.ranks.count, communication.size, "the number of places")
  try expectEqual(
    placement.ranks[communication.rank].host, communication.host, "the host of this rank")
  try expectEqual(
    placement.hostsDescription, "\(communication.host) × \(communication.size)", "the hosts")
  try expect(
    placement.bindingDescription.hasPrefix("processors "), placement.bindingDescription)
}
