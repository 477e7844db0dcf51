import Comm
import Testing

@Suite("Misuse traps, with the numbers")
struct MisuseTests {
  @Test("A table of pieces for the wrong number of ranks")
  func wrongTable() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try perform { communicator in
        var values: [Float] = [1, 2, 3]
        var span = values.mutableSpan
        try communicator.allGatherV(&span, pieces: [0..<1, 1..<3])
      }
    }
    expect(result, says: "2 gathered pieces for 1 rank")
  }

  @Test("A piece outside its buffer")
  func outside() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try perform { communicator in
        var values: [Float] = [1, 2, 3]
        var span = values.mutableSpan
        try communicator.allGatherV(&span, pieces: [1..<4])
      }
    }
    expect(result, says: "gathered piece 0 is 1..<4 of a buffer of 3 elements")
  }

  @Test("A root that is not a rank")
  func wrongRoot() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try perform { communicator in _ = try communicator.broadcast([UInt8(1)], from: 1) }
    }
    expect(result, says: "the root is rank 1 in a world of 1 rank")
  }

  @Test("A message to oneself")
  func selfMessage() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try perform { communicator in
        let one = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1)
        let message = unsafe Message(one, owner: Owner(), peer: 0)
        _ = try communicator.exchange(sending: [message], receiving: [], then: {})
      }
    }
    expect(result, says: "rank 0 exchanges a message with itself")
  }
}

private final class Owner: Sendable {}

/// Runs one job in a world of one.
private func perform(
  _ job: @escaping @Sendable (borrowing Communicator) throws -> Void
) throws {
  let communication = try CommunicationThread(
    try LaunchEnvironment { _ in nil }, computeThreads: 1)
  try communication.perform(job)
  try communication.finalize()
}
