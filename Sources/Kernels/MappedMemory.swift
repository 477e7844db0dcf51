import Glibc

/// Zeroed memory straight from the system, for large buffers.
///
/// What is never written to takes no room, and what goes is the system's again at once, where the heap
/// would keep it. Huge pages, where the system has them, spare matrix products many look-ups of addresses.
@safe final class MappedMemory: @unchecked Sendable {
  /// From this many bytes on memory is mapped.
  static let threshold = 1 << 18
  /// From this many bytes on it is in huge pages: two of them.
  private static let hugeThreshold = 1 << 22

  let start: UnsafeMutableRawPointer
  private let bytes: Int

  init(bytes: Int) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe memory != MAP_FAILED
    else { preconditionFailure("no memory for \(bytes) bytes: mmap failed with error \(errno)") }
    if bytes >= Self.hugeThreshold {
      // A hint: where the system has no huge pages, everything works as well, only slower.
      _ = unsafe madvise(memory, bytes, MADV_HUGEPAGE)
    }
    unsafe start = memory
    self.bytes = bytes
  }

  deinit {
    let status = unsafe munmap(start, bytes)
    precondition(status == 0, "munmap of \(bytes) bytes failed with error \(errno)")
  }
}
