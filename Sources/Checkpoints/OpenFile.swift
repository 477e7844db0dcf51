import Files
import Glibc

/// A file of a checkpoint, with this module's errors and a ``Disk``'s injected faults.
final class OpenFile: Sendable {
  private let file: RegularFile
  private let disk: Disk

  var path: String { file.path }

  /// Opens the existing regular file at `path` for reading.
  init(reading path: String) throws(CheckpointError) {
    file = try .open(path, for: .reading)
    disk = Disk()
    guard try status().isRegular else {
      throw CheckpointError(.invalid, path, "this is not a file", advice: "name the file itself")
    }
  }

  /// Creates the file at `path`, or empties the one that is there, for writing.
  init(creating path: String, on disk: Disk) throws(CheckpointError) {
    try disk.announce(.createFile(path))
    file = try .open(path, for: .replacing)
    self.disk = disk
  }

  /// The length of the file in bytes.
  func length() throws(CheckpointError) -> Int { try status().bytes }

  private func status() throws(CheckpointError) -> RegularFile.Status {
    do {
      return try file.status()
    } catch {
      throw CheckpointError(error)
    }
  }

  /// Reads from `offset` on until `values` are full or the file ends.
  ///
  /// - Returns: the bytes read.
  func readAvailable<Element: BitwiseCopyable>(
    at offset: Int, into values: inout MutableSpan<Element>
  ) throws(CheckpointError) -> Int {
    do {
      return try file.read(at: offset, into: &values)
    } catch {
      throw CheckpointError(error)
    }
  }

  /// Fills `values` from byte `offset` on; an end of the file before that is an error.
  func read<Element: BitwiseCopyable>(
    at offset: Int, into values: inout MutableSpan<Element>
  ) throws(CheckpointError) {
    let wanted = values.count * MemoryLayout<Element>.stride
    let done = try readAvailable(at: offset, into: &values)
    guard done == wanted else {
      throw .damaged(path, at: offset + done, "the file ends \(wanted - done) bytes too early")
    }
  }

  /// Writes all of `values` from byte `offset` on.
  func write<Element: BitwiseCopyable>(
    _ values: Span<Element>, at offset: Int
  ) throws(CheckpointError) {
    var done = 0
    while done < values.count * MemoryLayout<Element>.stride {
      let isShort = try disk.announce(.write(path)) == .shortWrite
      let count: Int
      do {
        count = try file.writeSome(
          of: values, from: done, limit: isShort ? 1 : disk.largestWrite, at: offset + done)
      } catch {
        throw CheckpointError(error)
      }
      disk.slowDown(afterWriting: count)
      done += count
    }
  }

  /// Throws unless the file system has room for `bytes` more bytes.
  func requireSpace(_ bytes: Int) throws(CheckpointError) {
    var status = statvfs()
    try Disk.check("fstatvfs", path) { unsafe fstatvfs(file.descriptor, &status) }
    let (free, overflow) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    // A file system without a size, as some network ones, does not report its free space.
    if status.f_blocks > 0, !overflow, free < bytes {
      throw .noSpace(path, needed: bytes, available: free)
    }
  }

  /// Syncs everything written; after a failure the whole file has to be written again.
  func sync() throws(CheckpointError) {
    if try disk.announce(.syncFile(path)) == .skip { return }
    do {
      try file.synchronize()
    } catch {
      throw CheckpointError(error)
    }
  }

  /// Closes the file, once.
  func close() throws(CheckpointError) {
    do {
      try file.close()
    } catch {
      throw CheckpointError(error)
    }
  }
}

extension RegularFile {
  fileprivate static func open(
    _ path: String, for purpose: Purpose
  ) throws(CheckpointError) -> RegularFile {
    do {
      return try RegularFile(path, for: purpose)
    } catch {
      throw CheckpointError(error)
    }
  }
}
