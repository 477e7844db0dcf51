import Comm
import Configuration
import Faults
import Files
import Foundation
import Threading

/// Some megabytes written to the run directory's disk, brought to the medium, and gone with their file.
package struct DiskProbe: Sendable, Codable, Equatable {
  /// 10⁶ bytes a second, with fsync; nil where writing failed.
  package let megabytesPerSecond: Double?
  /// Why writing failed.
  package let fault: String?

  /// Bytes that are written at most, and seconds after which no more follow.
  package static let (largest, patience) = (16_000_000, 5.0)

  /// Writes `most` bytes into `folder`, but at most a quarter of the room that is there.
  package init(writingTo folder: String, freeBytes: Int, atMost most: Int = largest) {
    do {
      let longest = try ResourceLimit.fileSize.current() ?? .max
      let bytes = max(1, min(most, freeBytes / 4, longest))
      megabytesPerSecond = try Self.measure(folder, bytes: bytes)
      fault = nil
    } catch {
      megabytesPerSecond = nil
      fault = "\(folder): \((error as? CommandError)?.description ?? error.reason)"
    }
  }

  private static func measure(_ folder: String, bytes: Int) throws -> Double {
    let slowed = try SlowDisk.megabytesPerSecond()
    try ProbeFile.removeOld(in: folder)
    let file = try ProbeFile.openNameless(in: folder)
    let piece = Data(repeating: 0x5a, count: min(bytes, 1_000_000))
    let started = ContinuousClock.now
    var written = 0
    while written < bytes && started.duration(to: .now).seconds < patience {
      let next = piece.prefix(bytes - written)
      try file.write(contentsOf: next)
      written += next.count
    }
    try file.synchronize()
    let seconds = started.duration(to: .now).seconds
    try file.close()
    return min(Double(written) / 1e6 / seconds, slowed ?? .infinity)
  }
}
