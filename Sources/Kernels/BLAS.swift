import COpenBLAS

/// The BLAS library that multiplies matrices of floats, and what is said of oneDNN beside it.
public enum BLAS {
  /// Sets the library to one thread a call; workers are threads of ours.
  ///
  /// - Throws: ``BLASError`` if the library keeps another number of threads.
  public static func prepare() throws(BLASError) {
    openblas_set_num_threads(1)
    let threads = openblas_get_num_threads()
    guard threads == 1 else { throw BLASError(threads: Int(threads)) }
  }

  /// The threads that the library takes for a product, read back from it.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// The name of the kernels that the library chose for this processor, such as "Cooperlake".
  public static var coreName: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// The library's version and build options, without the name of its kernels.
  public static var library: String {
    guard let text = unsafe openblas_get_config() else { return "unknown" }
    let words = unsafe String(cString: text).split(separator: " ")
    return words.filter { $0 != coreName }.joined(separator: " ")
  }

  /// oneDNN's version and the instruction set of its kernels, such as "oneDNN 2.6.3 (isa 231)".
  public static var oneDNN: String {
    #if OneDNN
      "oneDNN \(OneDNNMatmul.version)"
    #else
      "no oneDNN"
    #endif
  }

  /// The library's version and build options, and what ``oneDNN`` says.
  public static var configuration: String {
    guard let text = unsafe openblas_get_config() else { return "unknown" }
    return unsafe "\(String(cString: text)) \(oneDNN)"
  }
}
