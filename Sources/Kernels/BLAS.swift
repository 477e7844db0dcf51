import COpenBLAS

/// The BLAS library that ``gemm(_:_:into:)`` calls.
public enum BLAS {
  /// Sets the library to one thread a call; workers are threads of ours.
  ///
  /// - Throws: ``BLASError`` if the library keeps another number of threads.
  public static func prepare() throws(BLASError) {
    openblas_set_num_threads(1)
    let threads = openblas_get_num_threads()
    guard threads == 1 else { throw BLASError(threads: Int(threads)) }
  }

  /// The name of the kernels that the library chose for this processor, such as "Cooperlake".
  public static var coreName: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// The library's version and build options, and oneDNN's version where it is built in.
  public static var configuration: String {
    guard let text = unsafe openblas_get_config() else { return "unknown" }
    let openBLAS = unsafe String(cString: text)
    #if OneDNN
      return "\(openBLAS) oneDNN \(OneDNNMatmul.version)"
    #else
      return openBLAS
    #endif
  }
}
