import CMPI
import Glibc

extension SharedMemory {
  /// Makes memory that all ranks share.
  ///
  /// Collective, on one host.
  ///
  /// - Parameters:
  ///   - count: the number of floats that this rank gives, zeros at first.
  ///   - maySpin: whether a rank that waits has a processor of its own.
  ///   - communicator: the ranks.
  /// - Throws: ``MPIError``.
  /// - Returns: the memory, or why some rank could not make or map it: the same on all ranks.
  public static func allocate(
    count: Int, maySpin: Bool, _ communicator: borrowing Communicator
  ) throws(MPIError) -> Result<SharedMemory, SharedMemoryError> {
    precondition(count >= 0, "\(count) shared floats")
    let own = Result { () throws(SharedMemoryError) in try OwnFile(count: count) }
    defer { if case .success(let file) = own { close(file.descriptor) } }
    if let error = try agree(own, communicator) { return .failure(error) }
    guard case .success(let file) = own else {
      preconditionFailure("a file that failed was agreed")
    }

    let words = [Int64(getpid()), Int64(file.descriptor), Int64(count), Int64(file.token)]
    let all = try communicator.allGather(words)
    let mappings = Result { () throws(SharedMemoryError) -> [Mapping] in
      var mappings: [Mapping] = []
      for (rank, words) in all.enumerated() {
        mappings.append(
          rank == communicator.rank ? file.mapping : try openMapping(words: words))
      }
      return mappings
    }
    // After this no rank opens a file, so the descriptors may be closed.
    if let error = try agree(mappings, communicator) { return .failure(error) }
    return mappings.map {
      SharedMemory(
        rank: communicator.rank, counts: all.map { Int($0[2]) }, mappings: $0, maySpin: maySpin)
    }
  }

  /// The first rank's error, if any rank has one.
  private static func agree<Value>(
    _ result: Result<Value, SharedMemoryError>, _ communicator: borrowing Communicator
  ) throws(MPIError) -> SharedMemoryError? {
    var text = ""
    if case .failure(let error) = result { text = "rank \(communicator.rank): \(error)" }
    let first = try communicator.allGather(Array(text.utf8)).first { !$0.isEmpty }
    return first.map { SharedMemoryError(String(decoding: $0, as: UTF8.self)) }
  }

  private static func openMapping(words: [Int64]) throws(SharedMemoryError) -> Mapping {
    let path = "/proc/\(words[0])/fd/\(words[1])"
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw SharedMemoryError(call: "open of \(path)", error: errno) }
    defer { close(descriptor) }
    let bytes = OwnFile.bytes(count: Int(words[2]))
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw SharedMemoryError(call: "fstat of \(path)", error: errno)
    }
    let mapping = Int(status.st_size) == bytes ? try Mapping(file: descriptor, bytes: bytes) : nil
    // Ranks in containers of their own count processes from one each.
    guard let mapping, unsafe OwnFile.token(in: mapping).pointee == UInt32(words[3]) else {
      throw SharedMemoryError(
        "\(path) is another process's file: the ranks' process numbers differ")
    }
    return mapping
  }
}

/// The file that this rank gives.
private struct OwnFile {
  let descriptor: Int32
  let mapping: SharedMemory.Mapping
  let token = UInt32.random(in: 1...UInt32.max)

  init(count: Int) throws(SharedMemoryError) {
    let bytes = Self.bytes(count: count)
    let descriptor = unsafe cmpi_memory_file("gmlp-train")
    guard descriptor >= 0 else { throw SharedMemoryError(call: "memfd_create", error: errno) }
    do throws(SharedMemoryError) {
      guard ftruncate(descriptor, bytes) == 0 else {
        throw SharedMemoryError(call: "ftruncate to \(bytes) bytes", error: errno)
      }
      mapping = try SharedMemory.Mapping(file: descriptor, bytes: bytes)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    unsafe Self.token(in: mapping).pointee = token
  }

  static func bytes(count: Int) -> Int {
    SharedMemory.headerBytes + count * MemoryLayout<Float>.stride
  }

  static func token(in mapping: SharedMemory.Mapping) -> UnsafeMutablePointer<UInt32> {
    unsafe mapping.start.assumingMemoryBound(to: UInt32.self) + SharedMemory.Word.token.rawValue
  }
}
