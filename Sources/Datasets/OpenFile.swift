import Files
import Glibc

/// A file of data, with the errors of this module.
final class OpenFile: Sendable {
  private let file: RegularFile

  var path: String { file.path }
  var descriptor: Int32 { file.descriptor }

  /// Opens an existing regular file to read.
  init(reading path: String) throws(DatasetError) {
    file = try .open(path, for: .reading, "cannot open")
    _ = try size()
  }

  /// Makes a new file to write; nothing may be there.
  init(creating path: String) throws(DatasetError) {
    file = try .open(path, for: .creating, "cannot create")
  }

  /// Opens an existing file to change parts of it.
  init(updating path: String) throws(DatasetError) {
    file = try .open(path, for: .updating, "cannot open")
  }

  /// The bytes of a regular file.
  func size() throws(DatasetError) -> Int { try status().bytes }

  /// What the system knows of a regular file.
  func status() throws(DatasetError) -> RegularFile.Status {
    let status: RegularFile.Status
    do {
      status = try file.status()
    } catch {
      throw .system(error, "cannot examine")
    }
    guard status.isRegular else {
      throw DatasetError(.invalid, FileLocation(path), "is not a file; name the file itself")
    }
    return status
  }

  /// At most `limit` bytes from `offset` on; fewer, and none, only at the end of the file.
  func read(at offset: Int, limit: Int) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    do {
      var span = bytes.mutableSpan
      let count = try file.read(at: offset, into: &span)
      bytes.removeLast(limit - count)
      return bytes
    } catch {
      throw .system(error, "cannot read")
    }
  }

  /// The whole content.
  ///
  /// - Throws: ``DatasetError``, also for more than `limit` bytes, for which memory might not suffice: a file with
  ///   holes takes no room on the disk.
  func contents(atMost limit: Int) throws(DatasetError) -> [UInt8] {
    let size = try size()
    guard size <= limit else { throw .tooLarge(FileLocation(path), bytes: size, limit: limit) }
    return try read(at: 0, limit: size)
  }

  /// Writes all of `bytes` from `offset` on.
  func write(_ bytes: [UInt8], at offset: Int) throws(DatasetError) {
    do {
      try file.write(bytes.span, at: offset)
    } catch {
      throw .system(error, "cannot write")
    }
  }

  /// Returns when the content is on the disk.
  func synchronize() throws(DatasetError) {
    do {
      try file.synchronize()
    } catch {
      throw .system(error, "cannot write to the disk")
    }
  }
}

extension RegularFile {
  fileprivate static func open(
    _ path: String, for purpose: Purpose, _ what: String
  ) throws(DatasetError) -> RegularFile {
    do {
      return try RegularFile(path, for: purpose)
    } catch {
      throw .system(error, what)
    }
  }
}
