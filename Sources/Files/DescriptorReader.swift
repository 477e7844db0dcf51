import Glibc

/// Reads from a descriptor that was opened elsewhere, such as standard input.
package enum DescriptorReader {
  /// Waits until there is something to read, and reads what is there.
  ///
  /// A pipe gives what was written to it so far, and does not wait for more.
  ///
  /// - Parameters:
  ///   - descriptor: open for reading. Where a parent made it non-blocking, this waits for the writer all the same.
  ///   - limit: the most bytes.
  ///   - name: what it is called in errors.
  /// - Throws: ``SystemCallError`` of "read" or "poll".
  /// - Returns: at least one byte; none at the end.
  package static func read(
    from descriptor: Int32, limit: Int, name: String
  ) throws(SystemCallError) -> [UInt8] {
    precondition(limit > 0, "a read of \(limit) bytes")
    var bytes = [UInt8](repeating: 0, count: limit)
    while true {
      let (count, number) = unsafe bytes.withUnsafeMutableBytes { buffer in
        let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        return (count, errno)
      }
      if count >= 0 {
        bytes.removeLast(limit - count)
        return bytes
      }
      switch number {
      case EINTR: continue
      case EAGAIN:
        try SystemCallError.check("poll", name) {
          var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          return unsafe poll(&wanted, 1, -1)
        }
      default: throw SystemCallError(call: "read", path: name, number: number)
      }
    }
  }
}
