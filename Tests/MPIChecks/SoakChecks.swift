import Comm
import Glibc

let soakChecks: [String: Check] = [
  "soak": { communication, count in try soak(communication, count: count) }
]

/// So many collectives of changing kinds and sizes, before some of which some ranks are late.
private func soak(_ communication: CommunicationThread, count: Int) throws {
  var order = Sequence(seed: 1)
  // Each rank is late at other times.
  var delays = Sequence(seed: UInt64(communication.rank) + 2)
  for number in 0..<count {
    let (kind, length) = (order.next(below: 4), order.next(below: 300))
    let delay = delays.next(below: 20) == 0 ? UInt32(delays.next(below: 400)) : 0
    try communication.perform { communicator in
      if delay > 0 { _ = usleep(delay) }
      switch kind {
      case 0: try sum(number, length, communicator)
      case 1: try gather(number, length, communicator)
      case 2: try broadcast(number, length, communicator)
      default: try exchange(number, length, communicator)
      }
    }
  }
}

private func sum(_ number: Int, _ length: Int, _ communicator: borrowing Communicator) throws {
  var values = (0..<length).map { Int64($0 + number + communicator.rank) }
  var span = values.mutableSpan
  try communicator.allReduce(&span, .sum)
  let ranks = communicator.size
  let wanted = (0..<length).map { Int64(ranks * ($0 + number) + ranks * (ranks - 1) / 2) }
  try expectEqual(values, wanted, "sum \(number)")
}

private func gather(_ number: Int, _ length: Int, _ communicator: borrowing Communicator) throws {
  func values(of rank: Int) -> [Double] { (0..<(length + rank) % 97).map { Double($0 * rank) } }
  let all = try communicator.allGather(values(of: communicator.rank))
  try expectEqual(all, (0..<communicator.size).map { values(of: $0) }, "gather \(number)")
}

private func broadcast(
  _ number: Int, _ length: Int, _ communicator: borrowing Communicator
) throws {
  let root = number % communicator.size
  let wanted = (0..<length).map { UInt8(truncatingIfNeeded: $0 + number) }
  let found = try communicator.broadcast(communicator.rank == root ? wanted : [], from: root)
  try expectEqual(found, wanted, "broadcast \(number)")
}

private func exchange(
  _ number: Int, _ length: Int, _ communicator: borrowing Communicator
) throws {
  let (rank, peers) = (communicator.rank, communicator.peers)
  let sent = Values(count: length + 1)
  for index in 0..<length { sent[index] = Float((number + rank + index) % 4_099) }
  let received = peers.map { _ in Values(count: length + 1) }
  let exchange = try communicator.exchange(
    sending: peers.map { sent.message(0..<length, with: $0) },
    receiving: zip(peers, received).map { $1.message(0..<length, with: $0) }, then: {})
  try exchange.wait(for: communicator)
  for (peer, values) in zip(peers, received) {
    for index in 0..<length {
      let wanted = Float((number + peer + index) % 4_099)
      try expectEqual(values[index], wanted, "element \(index) of exchange \(number)")
    }
  }
}

/// Numbers that look random and are the same for the same seed.
private struct Sequence {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

  /// The next number, 0..<`bound`.
  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
