import Comm
import Configuration
import Faults
import Files
import Foundation
import Threading

/// Some megabytes written to the run directory's disk, brought to the medium, and gone with their file.
package struct DiskProbe: Sendable, Codable, Equatable {
  /// 10⁶ bytes a second, with fsync; nil if writing failed.
  package let megabytesPerSecond: Double?
  /// Why writing failed.
  package let fault: String?

  /// Bytes that are written at most, and seconds after which no more follow.
  package static let (largest, patience) = (16_000_000, 5.0)

  /// Writes `most` bytes into `folder`, but at most a quarter of the room that is there.
  ///
  /// After `patience` seconds no more follow; a process that gets no processor for so long writes a megabyte all the
  /// same, so that there is a speed.
  package init(
    writingTo folder: String, freeBytes: Int, atMost most: Int = largest,
    patience: Double = patience
  ) {
    do {
      let longest = try ResourceLimit.fileSize.current() ?? .max
      let bytes = max(1, min(most, freeBytes / 4, longest))
      megabytesPerSecond = try Self.measure(folder, bytes: bytes, patience: patience)
      fault = nil
    } catch {
      megabytesPerSecond = nil
      fault = "\(folder): \((error as? CommandError)?.description ?? error.reason)"
    }
  }

  private static func measure(
    _ folder: String, bytes: Int, patience: Double
  ) throws -> Double {
    let slowed = try SlowDisk.megabytesPerSecond()
    try ProbeFile.removeOld(in: folder)
    let file = try ProbeFile.openNameless(in: folder)
    let piece = Data(repeating: 0x5a, count: min(bytes, 1_000_000))
    let started = ContinuousClock.now
    var written = 0
    repeat {
      let next = piece.prefix(bytes - written)
      try file.write(contentsOf: next)
      written += next.count
    } while written < bytes && started.duration(to: .now).seconds < patience
    try file.synchronize()
    let seconds = started.duration(to: .now).seconds
    try file.close()
    return min(Double(written) / 1e6 / seconds, slowed ?? .infinity)
  }
}

/// A file that is written to find out what a folder takes, and that is not to stay.
package enum ProbeFile {
  private static let prefix = ".gmlp-train-doctor-"
  /// Seconds after which none can still be in use.
  private static let oldest = 3_600.0

  /// A path in `folder` that no other process uses.
  package static func path(in folder: String) -> String {
    "\(folder)/\(prefix)\(UUID().uuidString)"
  }

  /// An open file in `folder` that has no name: it goes with the process, however that ends.
  ///
  /// - Throws: `POSIXError`.
  static func openNameless(in folder: String) throws -> FileHandle {
    // O_TMPFILE, which C makes of two numbers.
    let nameless = 0o20_000_000 | O_DIRECTORY
    var descriptor = unsafe open(folder, nameless | O_RDWR | O_CLOEXEC, 0o600)
    // Network file systems and old kernels have no such files, and say so in several ways.
    if descriptor < 0 && [EOPNOTSUPP, EISDIR, EINVAL, ENOENT].contains(errno) {
      let path = path(in: folder)
      descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        let status = unsafe unlink(path)
        let number = errno
        if status != 0 {
          close(descriptor)
          throw POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
        }
      }
    }
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Removes what was left in `folder` by a process of this user that was killed.
  ///
  /// A folder that cannot be listed may take files all the same, and another doctor may be quicker.
  ///
  /// - Throws: `POSIXError` for a file of this user that cannot be removed.
  static func removeOld(in folder: String) throws {
    guard let names = FileManager.default.enumerator(atPath: folder) else { return }
    while let name = names.nextObject() as? String {
      names.skipDescendants()
      var status = stat()
      let path = "\(folder)/\(name)"
      guard name.hasPrefix(prefix), unsafe lstat(path, &status) == 0,
        status.st_uid == geteuid(),
        Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > oldest
      else { continue }
      guard unsafe unlink(path) == 0 || errno == ENOENT else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    }
  }
}
