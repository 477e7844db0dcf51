import COpenBLAS
import Synchronization

/// The BLAS library that multiplies matrices of floats, and what is said of oneDNN beside it.
public enum BLAS {
  /// The address space of one work buffer of the library on x86-64; it takes one for each call under way.
  public static let bufferBytes = 128 << 20

  /// Buffers that the library has by ``prepare(workers:)``.
  private static let reserved = Mutex(0)

  /// Buffers that the library has been made to take, one for each worker.
  public static var reservedBuffers: Int { reserved.withLock { $0 } }

  /// Sets the library to one thread a call, the first time that it is read: with other kernels than those for AVX-512
  /// the bits of a product depend on the number of threads.
  static let oneThread: Void = openblas_set_num_threads(1)

  /// Sets the library to one thread a call, and has it take its buffers; workers are threads of ours.
  ///
  /// A library that finds no memory for a buffer asks for it again without end. So it is made to take all of
  /// them here, where a lack can be told.
  ///
  /// - Parameter workers: threads that will multiply at once.
  /// - Throws: ``BLASError`` if the library keeps another number of threads, or if limits on memory
  ///   leave no room for its buffers.
  public static func prepare(workers: Int) throws(BLASError) {
    precondition(workers > 0, "\(workers) workers")
    openblas_set_num_threads(1)
    let threads = openblas_get_num_threads()
    guard threads == 1 else { throw .threads(Int(threads)) }
    try reserved.withLock { reserved throws(BLASError) in
      let missing = workers - reserved
      guard missing > 0 else { return }
      guard MemoryLimits.leave(missing * bufferBytes) else { throw .noRoom(buffers: workers) }
      let buffers = unsafe (0..<workers).map { _ in unsafe copenblas_take_buffer() }
      unsafe buffers.forEach { unsafe copenblas_give_back($0) }
      reserved = workers
    }
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
