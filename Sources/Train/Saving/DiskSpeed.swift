internal import Foundation

/// How fast the disk of a run takes what is written to it.
enum DiskSpeed {
  private static let bytes = 4_000_000

  /// Writes a few megabytes into `directory`, has them brought to the medium, and removes them.
  ///
  /// - Throws: what the system refuses.
  /// - Returns: megabytes (10⁶ bytes) a second, or what `GMLP_TRAIN_SLOW_DISK_MBPS` slows it down to.
  static func megabytesPerSecond(in directory: String) throws -> Double {
    let file = URL(filePath: "\(directory)/.speed")
    let data = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let started = ContinuousClock.now
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw CocoaError(.fileWriteNoPermission)
    }
    let written = Result(catching: {
      let handle = try FileHandle(forWritingTo: file)
      try handle.write(contentsOf: data)
      try handle.synchronize()
      try handle.close()
    })
    let seconds = started.duration(to: .now).seconds
    try FileManager.default.removeItem(at: file)
    try written.get()
    return min(Double(bytes) * 1e-6 / seconds, try SlowDisk.megabytesPerSecond() ?? .infinity)
  }
}
