import CMPI

extension Communicator {
  /// Whether all ranks can share memory, being on one host; the same answer on every rank.
  ///
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 6.4.2, `MPI_COMM_TYPE_SHARED`.
  public func isOnOneHost() throws(MPIError) -> Bool {
    guard let handle = unsafe handle else { return true }
    var neighbours: MPI_Comm?
    try check(
      "MPI_Comm_split_type",
      unsafe MPI_Comm_split_type(
        handle, Int32(MPI_COMM_TYPE_SHARED), Int32(rank), cmpi_no_info(), &neighbours))
    var count: Int32 = 0
    try check("MPI_Comm_size", unsafe MPI_Comm_size(neighbours, &count))
    try check("MPI_Comm_free", unsafe MPI_Comm_free(&neighbours))
    return try allReduce(Int64(count), .min) == Int64(size)
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
