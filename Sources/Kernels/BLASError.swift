/// The BLAS library did not take the setting that exact results need.
public struct BLASError: Error, CustomStringConvertible {
  /// The number of threads that the library insists on.
  public let threads: Int

  /// What happened and what to do.
  public var description: String {
    "OpenBLAS keeps \(threads) threads a call; set OPENBLAS_NUM_THREADS=1"
  }
}
