import Comm
import Glibc

let collectiveChecks: [String: Check] = [
  "barrier": { communication, _ in try communication.perform(checkBarrier) },
  "broadcast": { communication, _ in try communication.perform(checkBroadcast) },
  "all-reduce": { communication, _ in try communication.perform(checkAllReduce) },
  "all-gather": { communication, _ in try communication.perform(checkAllGather) },
  "all-gather-v": { communication, _ in try communication.perform(checkAllGatherV) },
  "placement": { communication, _ in try checkPlacement(communication) },
  "queue": { communication, _ in try checkQueue(communication) },
]

/// Counts that are empty, odd, and beyond what Open MPI sends eagerly.
let counts = [0, 1, 7, 1_000, 20_011]

@Sendable func checkBarrier(_ communicator: borrowing Communicator) throws {
  let late = communicator.size - 1
  if communicator.rank == late { usleep(300_000) }
  // Processes of one machine have one clock.
  let came = monotonicSeconds()
  try communicator.barrier()
  let left = monotonicSeconds()
  let lastCame = try communicator.allReduce(came, .max)
  try expect(left >= lastCame, "the barrier did not wait for rank \(late)")
}

private func monotonicSeconds() -> Double {
  var time = timespec()
  precondition(unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime: error \(errno)")
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

@Sendable func checkBroadcast(_ communicator: borrowing Communicator) throws {
  for root in 0..<communicator.size {
    for count in counts {
      try checkBroadcast(communicator, root, (0..<count).map { Float($0 + root) })
      try checkBroadcast(communicator, root, (0..<count).map { Double($0 + root) })
      try checkBroadcast(communicator, root, (0..<count).map { Int64($0 + root) })
      try checkBroadcast(communicator, root, (0..<count).map { UInt8(($0 + root) & 255) })
    }
  }
}

private func checkBroadcast<Element: MPIElement>(
  _ communicator: borrowing Communicator, _ root: Int, _ wanted: [Element]
) throws {
  let isRoot = communicator.rank == root
  var values = isRoot ? wanted : Array(repeating: .zero, count: wanted.count)
  var span = values.mutableSpan
  try communicator.broadcast(&span, from: root)
  try expect(values == wanted, "\(wanted.count) values of rank \(root) changed on their way")
  let array = try communicator.broadcast(isRoot ? wanted : [], from: root)
  try expect(array == wanted, "an array of \(wanted.count) of rank \(root) changed on its way")
}

@Sendable func checkAllReduce(_ communicator: borrowing Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for count in counts {
    // Small integers, so that sums are exact in any order.
    let own = (0..<count).map { Float(($0 * 31 + rank * 17) % 101) }
    let all = (0..<size).map { rank in (0..<count).map { Float(($0 * 31 + rank * 17) % 101) } }
    for reduction in [Reduction.sum, .max, .min] {
      var values = own
      var span = values.mutableSpan
      try communicator.allReduce(&span, reduction)
      let wanted = (0..<count).map { index -> Float in
        let column = all.map { $0[index] }
        return switch reduction {
        case .sum: column.reduce(0, +)
        case .max: column.max() ?? 0
        case .min: column.min() ?? 0
        }
      }
      try expect(values == wanted, "\(reduction) of \(count) floats")
      var result = [Float](repeating: -1, count: count)
      var resultSpan = result.mutableSpan
      try communicator.allReduce(own.span, into: &resultSpan, reduction)
      try expect(result == wanted, "\(reduction) of \(count) floats into another buffer")
    }
  }
  try expectEqual(
    try communicator.allReduce(Double(rank), .sum), Double(size * (size - 1) / 2), "sum")
  try expectEqual(try communicator.allReduce(Int64(rank), .max), Int64(size - 1), "max")
  try expectEqual(try communicator.allReduce(UInt8(rank + 1), .min), 1, "min")
}

@Sendable func checkAllGather(_ communicator: borrowing Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  func given(_ rank: Int) -> [UInt8] { (0..<(rank * 5) % 7 * 100).map { UInt8(($0 + rank) & 255) } }
  let wanted = (0..<size).map(given)
  try expectEqual(try communicator.allGather(given(rank)), wanted, "bytes of all")
  try expectEqual(
    try communicator.allGather([Double(rank)]), (0..<size).map { [Double($0)] }, "one each")
  try expectEqual(
    try communicator.allGather([Float]()), Array(repeating: [], count: size), "nothing")
}

@Sendable func checkAllGatherV(_ communicator: borrowing Communicator) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  for lengths in [[0, 5, 1, 3], [0], [1], [4_099, 0, 20_011]] {
    // Gaps of two before each piece; the first piece does not begin at zero.
    var end = 0
    let pieces = (0..<size).map { owner -> Range<Int> in
      let start = end + 2
      end = start + lengths[owner % lengths.count]
      return start..<end
    }
    var values = [Float](repeating: -1, count: end + 3)
    for index in pieces[rank] { values[index] = Float(index) }
    var wanted = [Float](repeating: -1, count: end + 3)
    for index in pieces.joined() { wanted[index] = Float(index) }
    var span = values.mutableSpan
    try communicator.allGatherV(&span, pieces: pieces)
    try expect(values == wanted, "pieces \(pieces) gathered in place")
  }
}
