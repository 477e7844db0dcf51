import CMPI
import Glibc

/// Tells other hosts what the ranks of this one do, and hears it from them.
///
/// The first rank of each host speaks for it: a small message to the first rank of every other host, four times a
/// second. It has its turn wherever the communication thread waits: for jobs, for messages, for neighbours, and for
/// ranks that come late to a collective.
final class HeartbeatRelay: HostTalk {
  /// The time between two messages to a host.
  static let interval = Duration.milliseconds(250)
  /// The tag of these messages.
  static let tag: Int32 = 2

  /// The first rank of another host.
  private struct Peer {
    let rank: Int
    /// The next message from it and where it arrives; nil after its last one.
    var arriving: (message: MessagesUnderWay, words: HeartbeatWords)?
    /// The last message to it.
    var leaving = MessagesUnderWay()
  }

  var isSilent = false

  private let heartbeats: Heartbeats
  private let maySpin: Bool
  private var peers: [Peer] = []
  private var next = ContinuousClock.now

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - heartbeats: what the ranks of this host say.
  ///   - maySpin: whether the communication thread has a processor of its own.
  ///   - communicator: all ranks.
  /// - Throws: ``MPIError``.
  init(
    _ heartbeats: Heartbeats, maySpin: Bool, _ communicator: borrowing Communicator
  ) throws(MPIError) {
    self.heartbeats = heartbeats
    self.maySpin = maySpin
    for rank in heartbeats.otherLeaders {
      var peer = Peer(rank: rank)
      peer.arriving = try listen(to: rank, communicator)
      peers.append(peer)
    }
  }

  var pause: Duration? { peers.isEmpty ? nil : Self.interval }

  func turn(_ communicator: borrowing Communicator) throws(MPIError) {
    let now = ContinuousClock.now
    if peers.isEmpty || now < next { return }
    next = now + Self.interval
    let words = HeartbeatWords(heartbeats.words(isLast: false))
    for index in peers.indices {
      while let arriving = peers[index].arriving {
        guard try arriving.message.test(for: communicator) else { break }
        try take(arriving.words, from: index, communicator)
      }
      // A host that takes nothing does not keep the others from hearing.
      if try peers[index].leaving.test(for: communicator) {
        try send(words, to: index, communicator)
      }
    }
  }

  func end(_ communicator: borrowing Communicator) throws(MPIError) {
    let words = HeartbeatWords(heartbeats.words(isLast: true))
    for index in peers.indices {
      try peers[index].leaving.wait(for: communicator)
      try send(words, to: index, communicator)
    }
    for index in peers.indices {
      while let arriving = peers[index].arriving {
        try arriving.message.wait(for: communicator)
        try take(arriving.words, from: index, communicator)
      }
      try peers[index].leaving.wait(for: communicator)
    }
    peers = []
  }

  func rest(since started: ContinuousClock.Instant) {
    if maySpin {
      cmpi_pause()
    } else if started.duration(to: .now) < .milliseconds(2) {
      sched_yield()
    } else {
      _ = usleep(Self.restMicroseconds)
    }
  }

  private static let restMicroseconds: UInt32 = 400

  private func send(
    _ words: HeartbeatWords, to index: Int, _ communicator: borrowing Communicator
  ) throws(MPIError) {
    let leaving = MessagesUnderWay()
    peers[index].leaving = leaving
    try leaving.send(words.message(with: peers[index].rank), tag: Self.tag, of: communicator)
  }

  /// Hears a message, and listens for the next one if there is one.
  private func take(
    _ words: HeartbeatWords, from index: Int, _ communicator: borrowing Communicator
  ) throws(MPIError) {
    let isLast = heartbeats.hear(words.all)
    let next = try isLast ? nil : listen(to: peers[index].rank, communicator)
    peers[index].arriving = next
  }

  private func listen(
    to peer: Int, _ communicator: borrowing Communicator
  ) throws(MPIError) -> (message: MessagesUnderWay, words: HeartbeatWords) {
    let words = HeartbeatWords(
      Array(repeating: 0, count: heartbeats.wordCount(ofHostLedBy: peer)))
    let message = MessagesUnderWay()
    try message.receive(words.message(with: peer), tag: Self.tag, of: communicator)
    return (message, words)
  }
}

/// Numbers that travel.
@safe private final class HeartbeatWords: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<Int64>

  init(_ words: [Int64]) {
    unsafe memory = .allocate(capacity: words.count)
    _ = unsafe memory.initialize(fromContentsOf: words)
  }

  deinit { unsafe memory.deallocate() }

  /// The numbers, once they have arrived.
  var all: [Int64] { unsafe Array(memory) }

  func message(with peer: Int) -> Message { unsafe Message(memory, owner: self, peer: peer) }
}
