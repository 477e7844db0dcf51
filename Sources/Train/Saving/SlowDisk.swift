internal import Foundation

/// A disk made slow on purpose, to rehearse stops during a save.
enum SlowDisk {
  private static let variable = "GMLP_TRAIN_SLOW_DISK_MBPS"

  /// `GMLP_TRAIN_SLOW_DISK_MBPS`: the speed of writes of checkpoints in megabytes a second.
  ///
  /// - Throws: ``StartError`` for what is no speed.
  /// - Returns: nil where it is not set.
  static func megabytesPerSecond() throws(StartError) -> Double? {
    guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
    guard let speed = Double(text), speed > 0, speed.isFinite else {
      throw StartError(
        "\(variable)=\(text): is no speed; give megabytes a second above 0, or unset it",
        exitCode: 64)
    }
    return speed
  }
}
