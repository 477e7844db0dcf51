package import Configuration
import Foundation
import Platform

/// A disk made slow on purpose, to test stops during a save.
package enum SlowDisk {
  private static let variable = "GMLP_TRAIN_SLOW_DISK_MBPS"

  /// `GMLP_TRAIN_SLOW_DISK_MBPS`: the speed of writes of checkpoints in megabytes a second.
  ///
  /// - Throws: ``CommandError`` for what is no speed.
  /// - Returns: nil where it is not set.
  package static func megabytesPerSecond() throws(CommandError) -> Double? {
    guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
    guard let speed = Double(text), speed > 0, speed.isFinite else {
      throw CommandError(
        "\(variable)=\(text): is not a speed; give megabytes a second above 0, or unset it",
        exitCode: .usage)
    }
    return speed
  }
}
