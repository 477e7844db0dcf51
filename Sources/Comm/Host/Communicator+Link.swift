extension Communicator {
  /// Seconds for floats to this host's successor while as many come from its predecessor.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - ring: ranks, one of each host; the others only wait.
  ///   - count: floats of a message.
  ///   - rounds: messages, of which the quickest counts; at least 1.
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
  /// - Returns: the exchange, under way.
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
