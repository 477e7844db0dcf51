import CMPI
import Glibc

extension Communicator {
  /// Copies some bytes from the memory of every other rank of this host, as Open MPI's shared-memory
  /// transport does with large messages.
  ///
  /// Collective.
  ///
  /// - Parameter neighbours: the ranks of this host.
  /// - Throws: ``MPIError``.
  /// - Returns: why the system refused, with the rank; nil where all copies succeeded.
  public func singleCopyFault(among neighbours: [Int]) throws(MPIError) -> String? {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    defer { unsafe memory.deallocate() }
    let token = UInt64.random(in: 1...UInt64.max)
    unsafe memory.initialize(to: token)
    let address = Int64(Int(bitPattern: memory))
    let all = try allGather([Int64(getpid()), address, Int64(bitPattern: token)])
    var fault: String?
    for peer in neighbours where peer != rank && fault == nil {
      fault = Self.copyFault(words: all[peer]).map { "rank \(peer): \($0)" }
    }
    // Nobody gives its memory back while others read it.
    try barrier()
    return fault
  }

  private static func copyFault(words: [Int64]) -> String? {
    var copy: UInt64 = 0
    let bytes = MemoryLayout<UInt64>.size
    let count = unsafe cmpi_read_memory(
      Int32(truncatingIfNeeded: words[0]), UInt(bitPattern: Int(words[1])), &copy, UInt(bytes))
    if count < 0 { return "process_vm_readv: \(unsafe String(cString: strerror(errno)))" }
    let isRight = count == bytes && copy == UInt64(bitPattern: words[2])
    return isRight
      ? nil : "process_vm_readv read another process: the ranks' process numbers differ"
  }
}
