import Glibc

/// Writes whole texts to a descriptor that somebody else has opened.
public enum DescriptorWriter {
  /// Writes all of `bytes`, whatever interrupts it.
  ///
  /// A parent may have made the descriptor non-blocking: then it waits for the reader.
  ///
  /// - Returns: 0, or the error that the system gives for what is left of `bytes`.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
      let (count, error) = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
        let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        return (count, errno)
      }
      if count >= 0 {
        start += count
        continue
      }
      switch error {
      case EINTR: continue
      case EAGAIN:
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // An error of the descriptor comes back from the next write.
        _ = unsafe poll(&wanted, 1, -1)
      default: return error
      }
    }
    return 0
  }
}
