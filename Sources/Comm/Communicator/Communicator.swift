import CMPI
import Files

/// The ranks of a run, and what they can do together.
///
/// It is lent to the jobs of ``CommunicationThread``. All members but ``rank`` and ``size`` are
/// collective unless they say otherwise: every rank calls them in the same order, and they block. In
/// a world of one without a launcher each of them is a local copy and MPI is never called. Every
/// call that fails throws ``MPIError``; the contents of buffers handed over for writing are then
/// unspecified and the run must end.
///
/// Counts come from the spans. MPI 3.1 counts with 32 bits, so that longer messages go in parts of
/// ``partLimit`` elements; this never changes a result.
@safe public struct Communicator: ~Copyable {
  /// The number of this rank, 0..<``size``.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The largest number of elements of one message.
  public let partLimit: Int
  /// The world with the ranks of each host next to each other, or nil in a world of one that needs no MPI.
  let handle: cmpi_handle?
  /// How hosts hear of each other while this rank waits; nil on one host, and among some of the ranks.
  var relay: (any HostTalk)?
  /// Exchanges that go on wherever this rank waits.
  let roundsToStart = RoundsToStart()

  /// The tag of all messages: their order distinguishes them.
  static let tag: Int32 = 0
  /// A tag that no message has.
  static let unusedTag: Int32 = 1

  /// The world of one rank.
  init(alone: Void, partLimit: Int) {
    rank = 0
    size = 1
    self.partLimit = partLimit
    handle = nil
  }

  /// Starts MPI on the calling thread, which is from then on the only one that may call it.
  init(startingMPI: Void, partLimit: Int) throws(MPIError) {
    var provided: Int32 = 0
    try Self.check("MPI_Init_thread", rank: nil, unsafe cmpi_init(&provided))
    guard provided >= Int32(MPI_THREAD_FUNNELED) else {
      throw MPIError(
        call: "MPI_Init_thread", code: provided, text: "no support for threads", rank: nil)
    }
    let world = cmpi_world()
    try Self.returnErrors(world)
    let key = try Self.firstRankOfHost(world)
    var ordered: cmpi_handle = 0
    try Self.check("MPI_Comm_split", rank: nil, unsafe cmpi_split(world, 0, key, &ordered))
    try self.init(ordered, partLimit: partLimit)
  }

  /// The launcher's number of the first rank on this host.
  ///
  /// Ordered by it, ranks of a host are neighbours wherever the launcher put them, and rank zero stays what it is.
  private static func firstRankOfHost(_ world: cmpi_handle) throws(MPIError) -> Int32 {
    var rank: Int32 = 0
    try check("MPI_Comm_rank", rank: nil, unsafe cmpi_rank(world, &rank))
    var neighbours: cmpi_handle = 0
    try check(
      "MPI_Comm_split_type", rank: nil, unsafe cmpi_split_hosts(world, rank, &neighbours))
    try returnErrors(neighbours)
    var first = Int64(rank)
    try check(
      "MPI_Bcast", rank: nil, unsafe cmpi_broadcast(&first, 1, cmpi_int64(), 0, neighbours))
    try check("MPI_Comm_free", rank: nil, unsafe cmpi_free(&neighbours))
    return Int32(first)
  }

  /// The ranks that `handle` joins.
  init(_ handle: cmpi_handle, partLimit: Int) throws(MPIError) {
    try Self.returnErrors(handle)
    var rank: Int32 = 0
    var size: Int32 = 0
    try Self.check("MPI_Comm_rank", rank: nil, unsafe cmpi_rank(handle, &rank))
    try Self.check("MPI_Comm_size", rank: nil, unsafe cmpi_size(handle, &size))
    self.rank = Int(rank)
    self.size = Int(size)
    self.partLimit = partLimit
    self.handle = handle
  }

  private static func returnErrors(_ communicator: cmpi_handle) throws(MPIError) {
    try check("MPI_Comm_set_errhandler", rank: nil, cmpi_return_errors(communicator))
  }

  /// Waits until every rank has called it.
  public func barrier() throws(MPIError) {
    try meet()
    guard let handle else { return }
    try check("MPI_Barrier", cmpi_barrier(handle))
  }

  /// Ends MPI; nothing may be called afterwards.
  func finish() throws(MPIError) {
    guard var handle else { return }
    try relay?.end(self)
    try check("MPI_Comm_free", unsafe cmpi_free(&handle))
    try check("MPI_Finalize", MPI_Finalize())
  }
}

extension Communicator {
  /// Waits until every rank has come here, where hosts are to hear of each other meanwhile.
  ///
  /// Each collective begins with it: inside of one this thread would neither speak nor hear.
  func meet() throws(MPIError) {
    guard let relay, !relay.isSilent, let handle else { return }
    let started = ContinuousClock.now
    var request: cmpi_handle = 0
    try check("MPI_Ibarrier", unsafe cmpi_start_barrier(handle, &request))
    var isOver: Int32 = 0
    while true {
      try check("MPI_Test", unsafe cmpi_test(&request, &isOver))
      if isOver != 0 { return }
      _ = try moveOn()
      relay.rest(since: started)
    }
  }

  /// Carries out `body`, whose collectives are the library's alone, to be measured: hosts hear nothing meanwhile.
  package func inSilence(_ body: () throws -> Void) rethrows {
    relay?.isSilent = true
    defer { relay?.isSilent = false }
    try body()
  }
}

extension Communicator {
  /// Turns the return code of an MPI call into an error.
  func check(_ call: String, _ code: Int32) throws(MPIError) {
    try Self.check(call, rank: rank, code)
  }

  static func check(_ call: String, rank: Int?, _ code: Int32) throws(MPIError) {
    guard code != MPI_SUCCESS else { return }
    throw MPIError(call: call, code: code, text: words(for: code), rank: rank)
  }

  /// The library's words for an error code.
  private static func words(for code: Int32) -> String {
    let room = Int(MPI_MAX_ERROR_STRING)
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text in
      var length: Int32 = 0
      guard unsafe MPI_Error_string(code, text.baseAddress, &length) == MPI_SUCCESS else {
        return "unknown error"
      }
      return unsafe String(
        decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// Traps unless `rank` is one of this world.
  func requireRank(_ rank: Int, _ role: StaticString) {
    precondition(
      (0..<size).contains(rank), "\(role) is rank \(rank) in a world of \(counted(size, "rank"))")
  }

  /// Traps unless `pieces` has one range a rank, all of them inside a buffer of `count` elements.
  func requirePieces(
    _ pieces: [Range<Int>], count: Int, disjoint: Bool, _ role: StaticString
  ) {
    precondition(
      pieces.count == size, "\(pieces.count) \(role) pieces for \(counted(size, "rank"))")
    var end = 0
    for (owner, piece) in pieces.enumerated() where !piece.isEmpty {
      precondition(
        piece.lowerBound >= 0 && piece.upperBound <= count,
        "\(role) piece \(owner) is \(piece) of a buffer of \(count) elements")
      precondition(
        !disjoint || piece.lowerBound >= end,
        "\(role) piece \(owner) begins at \(piece.lowerBound), inside one that ends at \(end)")
      end = max(end, piece.upperBound)
    }
  }

  /// The parts of `range` that fit in one message each; none for an empty range.
  func parts(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: partLimit).map {
      $0..<min($0 + partLimit, range.upperBound)
    }
  }
}

/// An MPI call that failed, or a message that is not the expected one.
///
/// After one of these the state of the other ranks is unknown: the run must end, by
/// ``CommunicationThread/abort(code:message:)``.
public struct MPIError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The name of the call, as in `MPI_Allgatherv`.
  public let call: String
  /// What the call returned: an error code of the MPI library.
  public let code: Int32
  /// The library's text for `code`, or ours if the library noticed nothing.
  public let text: String
  /// The rank on which it happened, or nil before ranks are known.
  public let rank: Int?

  /// One line: call, cause, what to do.
  ///
  /// The line of ``CommunicationThread/abort(code:message:)``
  /// puts rank and host before it.
  public var description: String {
    "\(call) failed: \(text) (code \(code)); check the other ranks and the network"
  }
}
