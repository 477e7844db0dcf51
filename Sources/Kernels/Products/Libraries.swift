import COpenBLAS
import Glibc
import Synchronization

/// The BLAS library that multiplies matrices of floats, and facts about oneDNN.
public enum BLAS {
  /// The address space of one work buffer of the library on x86-64; each call under way takes one.
  public static let bufferBytes = 128 << 20

  /// The number of buffers that ``prepare(workers:)`` gives the library.
  private static let reserved = Mutex(0)

  /// The number of buffers that the library has been made to allocate, one per worker.
  public static var reservedBuffers: Int { reserved.withLock { $0 } }

  /// Sets the library to one thread per call, when it is first read.
  ///
  /// With kernels other than those for AVX-512, the bits of a product depend on the number of threads.
  static let oneThread: Void = openblas_set_num_threads(1)

  /// Sets the library to one thread per call, and makes it allocate its buffers; the workers are our own threads.
  ///
  /// If the library finds no memory for a buffer, it asks again forever. So it allocates all of them here, where a lack
  /// of memory can be reported.
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

  /// The number of threads that the library uses for a product, as it says itself.
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

/// The BLAS library cannot be used in the way that exact results need.
public struct BLASError: Error, CustomStringConvertible, Sendable, Equatable {
  /// Whether the cause is a limit on memory that the user has set.
  public let isLimit: Bool
  /// What happened and what to do, in one line.
  public let description: String

  /// The library insists on a number of threads.
  static func threads(_ number: Int) -> BLASError {
    BLASError(
      isLimit: false,
      description: "OpenBLAS insists on \(number) threads per call; set OPENBLAS_NUM_THREADS=1")
  }

  /// Limits leave no room for the library's buffers.
  static func noRoom(buffers: Int) -> BLASError {
    BLASError(
      isLimit: true,
      description: """
        OpenBLAS needs \(buffers * BLAS.bufferBytes / 1_000_000) MB of address space, \
        \(BLAS.bufferBytes / 1_000_000) MB per worker, more than the limits on memory allow (ulimit -v, \
        ulimit -d); raise them, set OPENBLAS_NUM_THREADS=1, or lower --threads
        """)
  }
}

/// The limits on the memory of a process: `ulimit -v`, `ulimit -d`, strict overcommitting.
public enum MemoryLimits {
  /// Whether the process may have `bytes` more, which is tried by mapping and unmapping them.
  public static func leave(_ bytes: Int) -> Bool {
    guard bytes > 0 else { return true }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe memory != MAP_FAILED
    else { return false }
    let status = unsafe munmap(memory, bytes)
    precondition(status == 0, "munmap of \(bytes) bytes failed with error \(errno)")
    return true
  }
}

/// The C library of this machine.
public enum CLibrary {
  /// Its name and version, such as "glibc 2.36".
  public static var version: String {
    var name = [CChar](repeating: 0, count: 64)
    let length = unsafe confstr(Int32(_CS_GNU_LIBC_VERSION), &name, name.count)
    guard (1...name.count).contains(length) else { return "unknown" }
    return String(decoding: name.prefix(length - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension BFloat16 {
  /// Whether this build and this processor have instructions that multiply bf16.
  public static var isFast: Bool {
    #if OneDNN
      OneDNNMatmul.hasBFloat16Instructions
    #else
      false
    #endif
  }

  /// Whether oneDNN multiplies bf16 in tiles (AMX) here.
  public static var hasTiles: Bool {
    #if OneDNN
      OneDNNMatmul.hasTiles
    #else
      false
    #endif
  }
}
