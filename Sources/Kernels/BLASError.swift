/// The BLAS library cannot be used as exact results need it.
public struct BLASError: Error, CustomStringConvertible, Sendable, Equatable {
  /// Whether limits on memory are the cause, which the user has set.
  public let isLimit: Bool
  /// What happened and what to do, in one line.
  public let description: String

  /// The library insists on a number of threads.
  static func threads(_ number: Int) -> BLASError {
    BLASError(
      isLimit: false,
      description: "OpenBLAS keeps \(number) threads a call; set OPENBLAS_NUM_THREADS=1")
  }

  /// Limits leave no room for the library's buffers.
  static func noRoom(buffers: Int) -> BLASError {
    BLASError(
      isLimit: true,
      description: """
        OpenBLAS takes \(buffers * BLAS.bufferBytes / 1_000_000) MB of address space, \
        \(BLAS.bufferBytes / 1_000_000) MB a worker, for which the limits on memory (ulimit -v, \
        ulimit -d) leave no room; raise them, set OPENBLAS_NUM_THREADS=1, or lower --threads
        """)
  }
}
