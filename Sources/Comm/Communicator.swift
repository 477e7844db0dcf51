import CMPI

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
  /// Our duplicate of the world, or nil in a world of one that needs no MPI.
  let handle: MPI_Comm?

  /// The tag of all messages: their order tells them apart.
  static let tag: Int32 = 0

  /// The world of one rank.
  init(alone: Void, partLimit: Int) {
    rank = 0
    size = 1
    self.partLimit = partLimit
    unsafe handle = nil
  }

  /// Starts MPI on the calling thread, which is from then on the only one that may call it.
  init(startingMPI: Void, partLimit: Int) throws(MPIError) {
    var provided: Int32 = 0
    let wanted = Int32(MPI_THREAD_FUNNELED)
    try Self.check(
      "MPI_Init_thread", rank: nil, unsafe MPI_Init_thread(nil, nil, wanted, &provided))
    guard provided >= wanted else {
      throw MPIError(
        call: "MPI_Init_thread", code: provided, text: "no support for threads", rank: nil)
    }
    let world: MPI_Comm = unsafe cmpi_world()
    try unsafe Self.returnErrors(world)
    var duplicate: MPI_Comm?
    try Self.check("MPI_Comm_dup", rank: nil, unsafe MPI_Comm_dup(world, &duplicate))
    guard let own = unsafe duplicate else { preconditionFailure("MPI_Comm_dup gave nothing") }
    try unsafe self.init(own, partLimit: partLimit)
  }

  /// The ranks that `handle` joins.
  init(_ handle: MPI_Comm, partLimit: Int) throws(MPIError) {
    try unsafe Self.returnErrors(handle)
    var rank: Int32 = 0
    var size: Int32 = 0
    try Self.check("MPI_Comm_rank", rank: nil, unsafe MPI_Comm_rank(handle, &rank))
    try Self.check("MPI_Comm_size", rank: nil, unsafe MPI_Comm_size(handle, &size))
    self.rank = Int(rank)
    self.size = Int(size)
    self.partLimit = partLimit
    unsafe self.handle = unsafe handle
  }

  private static func returnErrors(_ communicator: MPI_Comm) throws(MPIError) {
    try check(
      "MPI_Comm_set_errhandler", rank: nil,
      unsafe MPI_Comm_set_errhandler(communicator, cmpi_errors_return()))
  }

  /// Waits until every rank has called it.
  public func barrier() throws(MPIError) {
    guard let handle = unsafe handle else { return }
    try check("MPI_Barrier", unsafe MPI_Barrier(handle))
  }

  /// Ends MPI; nothing may be called afterwards.
  func finish() throws(MPIError) {
    guard unsafe handle != nil else { return }
    var handle = unsafe handle
    try check("MPI_Comm_free", unsafe MPI_Comm_free(&handle))
    try check("MPI_Finalize", MPI_Finalize())
  }
}
