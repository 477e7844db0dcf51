/// Messages that travel while other work continues, and what to do when they have arrived.
///
/// Started by ``Communicator/exchange(sending:receiving:then:)``. It ends on the communication
/// thread: between the jobs, if a job returns it to ``CommunicationThread/startExchange(_:)``, or in
/// ``wait(for:)``.
public struct Exchange {
  private let rounds: MessageRounds
  private var completion: (borrowing Communicator) throws -> Void
  /// Whether ranks meet at its end.
  private var endsWithMeeting = false

  fileprivate init(_ rounds: MessageRounds, _ completion: @escaping () throws -> Void) {
    self.rounds = rounds
    self.completion = { _ in try completion() }
  }

  /// Whether other ranks may wait for something that this one has still to do for it, so that no job may come between
  /// that blocks.
  var holdsUpOthers: Bool { endsWithMeeting || rounds.left > 0 }

  /// The same exchange, with `more` to be done after what is to be done already.
  public func then(_ more: @escaping () throws -> Void) -> Exchange {
    var result = self
    result.completion = { [completion] communicator in
      try completion(communicator)
      try more()
    }
    return result
  }

  /// The same exchange, at whose end ranks `meet` that all have one: each waits there for the others.
  ///
  /// They end their exchanges in one order. Until then no job is begun that may block, as it could wait for a
  /// rank that waits at the meeting.
  package func thenMeeting(
    _ meet: @escaping (borrowing Communicator) throws -> Void
  ) -> Exchange {
    var result = self
    result.endsWithMeeting = true
    result.completion = { [completion] communicator in
      try completion(communicator)
      try meet(communicator)
    }
    return result
  }

  /// Blocks until all messages have arrived or left and what follows is done.
  ///
  /// - Throws: ``MPIError``, also where a rank sent another count than this one expects; or what the
  ///   completion throws.
  public func wait(for communicator: borrowing Communicator) throws {
    if let relay = communicator.relay {
      let started = ContinuousClock.now
      while try !rounds.advance(communicator) {
        _ = try communicator.moveOn()
        relay.rest(since: started)
      }
    }
    try rounds.wait(for: communicator)
    try completion(communicator)
  }

  /// Moves the messages on, and does what follows if all have arrived.
  ///
  /// - Returns: whether the exchange has ended.
  func advance(_ communicator: borrowing Communicator) throws -> Bool {
    guard try rounds.advance(communicator) else { return false }
    try completion(communicator)
    return true
  }
}

extension Communicator {
  /// Starts to send and to receive messages, straight from and to their memory.
  ///
  /// Between two ranks messages arrive in the order in which they were started, so both start
  /// theirs in one order; otherwise no rank has to wait for another. Other members may be called
  /// before the exchange has ended.
  ///
  /// - Parameters:
  ///   - sending: read until the exchange has ended.
  ///   - receiving: overwritten; the count of each is what the other rank sends.
  ///   - completion: called once all have arrived and left, on the communication thread.
  /// - Throws: ``MPIError``.
  /// - Returns: the exchange, in progress.
  public func exchange(
    sending: [Message], receiving: [Message], then completion: @escaping () throws -> Void
  ) throws(MPIError) -> Exchange {
    try exchange(sending: sending, receiving: receiving, tag: Self.tag, then: completion)
  }

  /// The same with a tag, which tests choose so that MPI refuses it.
  package func exchange(
    sending: [Message], receiving: [Message], tag: Int32,
    then completion: @escaping () throws -> Void
  ) throws(MPIError) -> Exchange {
    for message in sending + receiving { requirePeer(message.peer) }
    let round = MessageRounds.Round(sending: sending, receiving: receiving)
    return Exchange(try MessageRounds([round], tag: tag, self), completion)
  }

  /// The same between `hosts`, in rounds: in each of them a host sends to one other and receives from one.
  ///
  /// Every rank begins such exchanges in the same order, also where it has no messages.
  package func exchange(
    sending: [Message], receiving: [Message], between hosts: HostRanks,
    then completion: @escaping () throws -> Void
  ) throws(MPIError) -> Exchange {
    let home = hosts.host(of: rank)
    var rounds = Array(repeating: MessageRounds.Round(), count: max(hosts.count - 1, 0))
    for message in sending {
      let round = hosts.round(from: home, to: hosts.host(of: message.peer))
      rounds[round].sending.append(message)
    }
    for message in receiving {
      let round = hosts.round(from: hosts.host(of: message.peer), to: home)
      rounds[round].receiving.append(message)
    }
    let begun = try MessageRounds(rounds, tag: roundsToStart.nextTag(), self)
    roundsToStart.add(begun)
    return Exchange(begun, completion)
  }

  /// Traps unless `peer` is another rank of this world.
  func requirePeer(_ peer: Int) {
    requireRank(peer, "the peer")
    precondition(peer != rank, "rank \(rank) exchanges a message with itself")
  }

  /// The other ranks, the next one first: so not all ranks begin with rank zero.
  public var peers: [Int] { (1..<max(size, 1)).map { (rank + $0) % size } }
}

/// Elements that travel between this rank and another one, in memory that stays where it is.
@safe public struct Message {
  /// The other rank.
  let peer: Int
  let start: UnsafeMutableRawPointer?
  let count: Int
  let stride: Int
  let type: MessageType
  /// Keeps the memory.
  let owner: any AnyObject & Sendable

  /// The elements of `memory`, which `owner` keeps valid, to or from the rank `peer`.
  ///
  /// Nobody writes them until the exchange of the message has ended, nor reads them if they are
  /// received.
  public init<Element: MPIElement>(
    _ memory: UnsafeMutableBufferPointer<Element>, owner: any AnyObject & Sendable, peer: Int
  ) {
    self.peer = peer
    unsafe start = UnsafeMutableRawPointer(memory.baseAddress)
    count = memory.count
    stride = MemoryLayout<Element>.stride
    type = Element.messageType
    self.owner = owner
  }
}
