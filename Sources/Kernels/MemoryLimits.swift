import Glibc

/// The limits that may be put on the memory of a process: `ulimit -v`, `ulimit -d`, strict overcommitting.
public enum MemoryLimits {
  /// Whether the process may have `bytes` more: they are mapped once and given back.
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
