import CMPI
import Threading

/// Messages that were started and have not been waited for.
///
/// They keep their memory until then. If they can no longer be waited for, because a call has
/// failed, they keep it to the end of the process: MPI may still write to it.
@safe final class MessagesUnderWay {
  /// The memory of messages that are not waited for.
  private static let abandoned = Monitor<[any AnyObject & Sendable]>([])

  private var requests: [cmpi_handle] = []
  /// What each request must bring: the sender and the count, or nil for a message sent.
  private var expected: [(peer: Int, count: Int, type: MessageType)?] = []
  private var owners: [any AnyObject & Sendable] = []

  deinit {
    if expected.isEmpty { return }
    Self.abandoned.change { $0 += owners }
  }

  /// Starts to receive exactly the elements of `message`, none too.
  func receive(
    _ message: Message, tag: Int32, of communicator: borrowing Communicator
  ) throws(MPIError) {
    guard let handle = communicator.handle else { return }
    owners.append(message.owner)
    for part in communicator.messageParts(of: message.count) {
      var request: cmpi_handle = 0
      let start = unsafe message.start.map { unsafe $0 + part.lowerBound * message.stride }
      try communicator.check(
        "MPI_Irecv",
        unsafe cmpi_start_receive(
          start, Int32(part.count), message.type.raw, Int32(message.peer), tag, handle, &request))
      requests.append(request)
      expected.append((message.peer, part.count, message.type))
    }
  }

  /// Starts to send the elements of `message`, none too: so the other side notices tables that
  /// disagree.
  func send(
    _ message: Message, tag: Int32, of communicator: borrowing Communicator
  ) throws(MPIError) {
    guard let handle = communicator.handle else { return }
    owners.append(message.owner)
    for part in communicator.messageParts(of: message.count) {
      var request: cmpi_handle = 0
      let start = unsafe message.start.map { unsafe $0 + part.lowerBound * message.stride }
      try communicator.check(
        "MPI_Isend",
        unsafe cmpi_start_send(
          start, Int32(part.count), message.type.raw, Int32(message.peer), tag, handle, &request))
      requests.append(request)
      expected.append(nil)
    }
  }

  /// Waits until all messages have arrived or left, and compares their counts.
  func wait(for communicator: borrowing Communicator) throws(MPIError) {
    if expected.isEmpty { return }
    var statuses = [MPI_Status](repeating: MPI_Status(), count: requests.count)
    let code = unsafe cmpi_wait_all(Int32(requests.count), &requests, &statuses)
    try finish("MPI_Waitall", code, statuses, communicator)
  }

  /// Moves the messages on without waiting.
  ///
  /// - Returns: whether all have arrived or left; their counts were compared then.
  func test(for communicator: borrowing Communicator) throws(MPIError) -> Bool {
    if expected.isEmpty { return true }
    var statuses = [MPI_Status](repeating: MPI_Status(), count: requests.count)
    var isComplete: Int32 = 0
    let code = unsafe cmpi_test_all(Int32(requests.count), &requests, &isComplete, &statuses)
    if code == MPI_SUCCESS && isComplete == 0 { return false }
    try finish("MPI_Testall", code, statuses, communicator)
    return true
  }

  private func finish(
    _ call: String, _ code: Int32, _ statuses: [MPI_Status],
    _ communicator: borrowing Communicator
  ) throws(MPIError) {
    if code == MPI_ERR_IN_STATUS {
      // The others are only pending: they were not waited for because of the failed one.
      for index in expected.indices where statuses[index].MPI_ERROR != MPI_ERR_PENDING {
        try communicator.check(call, statuses[index].MPI_ERROR)
      }
    }
    try communicator.check(call, code)
    for (index, message) in expected.enumerated() {
      guard let message else { continue }
      var status = statuses[index]
      var count: Int32 = 0
      try communicator.check(
        "MPI_Get_count", unsafe cmpi_count(&status, message.type.raw, &count))
      guard Int(count) == message.count else {
        throw MPIError(
          call: "MPI_Irecv", code: Int32(MPI_ERR_COUNT),
          text: "rank \(message.peer) sent \(count) elements instead of \(message.count)",
          rank: communicator.rank)
      }
    }
    requests = []
    expected = []
  }
}

extension Communicator {
  /// The parts of a message of `count` elements; an empty message is still sent.
  func messageParts(of count: Int) -> [Range<Int>] {
    count == 0 ? [0..<0] : parts(of: 0..<count)
  }
}
