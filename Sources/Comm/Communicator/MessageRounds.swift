/// The messages of an exchange, started round after round.
///
/// Between hosts, each of them sends to one other in a round and receives from one. A few rounds are under way at
/// once: links are busy in both directions, and no host is flooded by all others. A message has the same round on
/// both sides. So what the lowest round that is not over waits for has been started, or will be without it.
final class MessageRounds {
  /// The messages of one round.
  struct Round {
    var sending: [Message] = []
    var receiving: [Message] = []
  }

  private var waiting: ArraySlice<Round>
  private var underWay: [MessagesUnderWay] = []
  private let tag: Int32

  /// Starts the first of `rounds`.
  ///
  /// - Throws: ``MPIError``.
  init(
    _ rounds: [Round], tag: Int32, _ communicator: borrowing Communicator
  ) throws(MPIError) {
    waiting = rounds[...]
    self.tag = tag
    try startRounds(communicator)
  }

  /// The number of rounds that have not been started.
  var left: Int { waiting.count }

  /// Moves the messages on without waiting, and starts the rounds whose turn it is.
  ///
  /// - Throws: ``MPIError``.
  /// - Returns: whether all rounds are over.
  func advance(_ communicator: borrowing Communicator) throws(MPIError) -> Bool {
    while let oldest = underWay.first {
      guard try oldest.test(for: communicator) else { return false }
      underWay.removeFirst()
      try startRounds(communicator)
    }
    return true
  }

  /// Waits until all rounds are over.
  ///
  /// - Throws: ``MPIError``.
  func wait(for communicator: borrowing Communicator) throws(MPIError) {
    while let oldest = underWay.first {
      try oldest.wait(for: communicator)
      underWay.removeFirst()
      try startRounds(communicator)
    }
  }

  private func startRounds(_ communicator: borrowing Communicator) throws(MPIError) {
    while underWay.count < HostRanks.roundsAtOnce, let round = waiting.popFirst() {
      let messages = MessagesUnderWay()
      underWay.append(messages)
      // What arrives has its place before it comes.
      for message in round.receiving {
        try messages.receive(message, tag: tag, of: communicator)
      }
      for message in round.sending {
        try messages.send(message, tag: tag, of: communicator)
      }
    }
  }
}

/// The exchanges that have rounds to start: the communication thread does so wherever it waits.
final class RoundsToStart {
  /// Tags from here on are those of exchanges in rounds.
  private static let firstTag: Int32 = 16
  /// Far more than there are exchanges under way.
  private static let tagCount: Int32 = 1_024

  private var exchanges: [MessageRounds] = []
  private var begun: Int32 = 0

  /// The tag of the next exchange in rounds, the same on all ranks, which begin them in one order.
  ///
  /// The messages of one exchange may overtake those of another.
  func nextTag() -> Int32 {
    defer { begun = (begun + 1) % Self.tagCount }
    return Self.firstTag + begun
  }

  /// Keeps `rounds` until all of them are started.
  func add(_ rounds: MessageRounds) {
    if rounds.left > 0 { exchanges.append(rounds) }
  }

  /// Starts the rounds whose turn it is; never waits.
  ///
  /// - Throws: ``MPIError``.
  /// - Returns: whether there was one.
  func advance(_ communicator: borrowing Communicator) throws(MPIError) -> Bool {
    if exchanges.isEmpty { return false }
    let before = left
    for rounds in exchanges { _ = try rounds.advance(communicator) }
    let hasStarted = left < before
    exchanges.removeAll { $0.left == 0 }
    return hasStarted
  }

  private var left: Int { exchanges.reduce(0) { $0 + $1.left } }
}
