import Glibc

extension RegularFile {
  /// Reads from byte `offset` on until `values` are full or the file ends.
  ///
  /// - Throws: ``SystemCallError`` of "pread" with the byte at which it failed.
  /// - Returns: the bytes read: fewer than `values` have only where the file ends.
  public func read<Element: BitwiseCopyable>(
    at offset: Int, into values: inout MutableSpan<Element>
  ) throws(SystemCallError) -> Int {
    try unsafe values.withUnsafeMutableBytes { buffer throws(SystemCallError) in
      var done = 0
      while done < buffer.count {
        let count = try SystemCallError.check("pread", path, at: offset + done) {
          unsafe pread(
            descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
            off_t(offset + done))
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }

  /// Writes all of `values` from byte `offset` on.
  ///
  /// - Throws: ``SystemCallError`` of "pwrite" with the byte at which it failed.
  public func write<Element: BitwiseCopyable>(
    _ values: Span<Element>, at offset: Int
  ) throws(SystemCallError) {
    var done = 0
    while done < values.count * MemoryLayout<Element>.stride {
      done += try writeSome(of: values, from: done, at: offset + done)
    }
  }

  /// Writes some of `values` by one call.
  ///
  /// - Parameters:
  ///   - values: what is to be written in the end.
  ///   - start: the first byte of them that is not written yet; there is one.
  ///   - limit: the most bytes to write.
  ///   - offset: where that byte goes in the file.
  /// - Throws: ``SystemCallError`` of "pwrite" with `offset`.
  /// - Returns: the bytes written, at least 1.
  public func writeSome<Element: BitwiseCopyable>(
    of values: Span<Element>, from start: Int, limit: Int = .max, at offset: Int
  ) throws(SystemCallError) -> Int {
    try unsafe values.withUnsafeBytes { buffer throws(SystemCallError) in
      precondition(start < buffer.count, "byte \(start) of \(buffer.count) is to be written")
      let count = try SystemCallError.check("pwrite", path, at: offset) {
        unsafe pwrite(
          descriptor, buffer.baseAddress.map { unsafe $0 + start },
          min(buffer.count - start, limit), off_t(offset))
      }
      guard count > 0 else {
        throw SystemCallError(call: "pwrite", path: path, number: EIO, offset: offset)
      }
      return count
    }
  }
}
