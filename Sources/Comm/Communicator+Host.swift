import CMPI

extension Communicator {
  /// Whether all ranks can share memory, being on one host; the same answer on every rank.
  ///
  /// - Throws: ``MPIError``.
  public func isOnOneHost() throws(MPIError) -> Bool {
    try allReduce(Int64(try withRanksOfHost { $0.size }), .min) == Int64(size)
  }

  /// Lends `body` the ranks that can share memory with this one, numbered in the same order.
  ///
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 6.4.2, `MPI_COMM_TYPE_SHARED`.
  func withRanksOfHost<Result>(
    _ body: (borrowing Communicator) throws(MPIError) -> Result
  ) throws(MPIError) -> Result {
    guard let handle = unsafe handle else { return try body(self) }
    var neighbours: MPI_Comm?
    try check(
      "MPI_Comm_split_type",
      unsafe MPI_Comm_split_type(
        handle, Int32(MPI_COMM_TYPE_SHARED), Int32(rank), cmpi_no_info(), &neighbours))
    guard let host = unsafe neighbours else {
      preconditionFailure("MPI_Comm_split_type gave nothing")
    }
    let result = try body(try unsafe Communicator(host, partLimit: partLimit))
    try check("MPI_Comm_free", unsafe MPI_Comm_free(&neighbours))
    return result
  }

  /// Lets MPI go on with messages that other ranks wait for, while this rank waits without it.
  func progress() throws(MPIError) {
    guard let handle = unsafe handle else { return }
    var flag: Int32 = 0
    try check(
      "MPI_Iprobe",
      unsafe MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, handle, &flag, cmpi_status_ignore()))
  }
}
