import Glibc
import Synchronization

/// An open file and the system calls on it: interrupted calls and short counts are continued,
/// every return code is read.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32
  private let disk: Disk
  private let isOpen = Atomic(true)

  /// Opens the existing regular file at `path` for reading.
  init(reading path: String) throws(CheckpointError) {
    // A pipe would wait for somebody to write to it.
    descriptor = try Disk.check("open", path) {
      unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    }
    self.path = path
    disk = Disk()
    guard try status().st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(.invalid, path, "this is not a file", advice: "name the file itself")
    }
  }

  /// Creates the file at `path`, or empties the one that is there, for writing.
  init(creating path: String, on disk: Disk) throws(CheckpointError) {
    try disk.announce(.createFile(path))
    descriptor = try Disk.check("open", path) {
      unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    }
    self.path = path
    self.disk = disk
  }

  deinit {
    // Reached still open only by a file that was read or given up: nothing can be lost here.
    if isOpen.load(ordering: .acquiring) { close(descriptor) }
  }

  /// The length of the file in bytes.
  func length() throws(CheckpointError) -> Int { Int(try status().st_size) }

  private func status() throws(CheckpointError) -> stat {
    var status = stat()
    try Disk.check("fstat", path) { unsafe fstat(descriptor, &status) }
    return status
  }

  /// Reads up to `bytes.count` bytes from `offset` on; 0 only at the end of the file.
  func readSome(at offset: Int, into bytes: inout MutableSpan<UInt8>) throws(CheckpointError) -> Int
  {
    try unsafe bytes.withUnsafeMutableBytes { buffer throws(CheckpointError) in
      try Disk.check("pread", path) {
        unsafe pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      }
    }
  }

  /// Fills `values` from byte `offset` on; an end of the file before that is an error.
  func read<Element: BitwiseCopyable>(
    at offset: Int, into values: inout MutableSpan<Element>
  ) throws(CheckpointError) {
    try unsafe values.withUnsafeMutableBytes { buffer throws(CheckpointError) in
      var done = 0
      while done < buffer.count {
        let count = try Disk.check("pread", path) {
          unsafe pread(
            descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
            off_t(offset + done))
        }
        guard count > 0 else {
          throw .damaged(
            path, at: offset + done, "the file ends \(buffer.count - done) bytes too early")
        }
        done += count
      }
    }
  }

  /// Writes all of `values` from byte `offset` on.
  func write<Element: BitwiseCopyable>(
    _ values: Span<Element>, at offset: Int
  ) throws(CheckpointError) {
    try unsafe values.withUnsafeBytes { buffer throws(CheckpointError) in
      var done = 0
      while done < buffer.count {
        let isShort = try disk.announce(.write(path)) == .shortWrite
        let most = isShort ? 1 : disk.largestWrite
        let piece = min(buffer.count - done, most)
        let count = try Disk.check("pwrite", path) {
          unsafe pwrite(
            descriptor, buffer.baseAddress.map { unsafe $0 + done }, piece, off_t(offset + done))
        }
        guard count > 0 else { throw CheckpointError(call: "pwrite", file: path, number: EIO) }
        disk.slowDown(afterWriting: count)
        done += count
      }
    }
  }

  /// Throws unless the file system has room for `bytes` more bytes.
  func requireSpace(_ bytes: Int) throws(CheckpointError) {
    var status = statvfs()
    try Disk.check("fstatvfs", path) { unsafe fstatvfs(descriptor, &status) }
    let (free, overflow) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    // A file system without a size, as some network ones, says nothing about its room.
    if status.f_blocks > 0, !overflow, free < bytes {
      throw .noSpace(path, needed: bytes, available: free)
    }
  }

  /// Brings everything written to the medium.
  ///
  /// After a failure the content is lost: the kernel marks the pages clean, so a second call
  /// would lie. Write the whole file anew.
  func sync() throws(CheckpointError) {
    if try disk.announce(.syncFile(path)) == .skip { return }
    try Disk.check("fsync", path) { fsync(descriptor) }
  }

  /// Closes the file, once.
  func close() throws(CheckpointError) {
    precondition(isOpen.exchange(false, ordering: .acquiringAndReleasing), "\(path) closed twice")
    // Linux frees the descriptor even when it reports an interruption: no second try.
    if Glibc.close(descriptor) != 0, errno != EINTR {
      throw CheckpointError(call: "close", file: path, number: errno)
    }
  }

  private func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }
}
