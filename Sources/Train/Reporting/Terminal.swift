internal import Foundation

/// What is known of the terminal that a person sees.
enum Terminal {
  /// Set by the launch scripts, from their own terminal: mpirun hides ours.
  static let variable = "GMLP_TRAIN_TERMINAL"

  /// Whether progress is a line that is written over.
  static func isLive(_ style: TrainingOptions.ProgressStyle, hasLauncher: Bool) -> Bool {
    switch style {
    case .live: return true
    case .plain: return false
    case .auto:
      if let value = ProcessInfo.processInfo.environment[variable] { return value == "1" }
      return !hasLauncher && isatty(STDOUT_FILENO) == 1
    }
  }
}

/// A disk made slow on purpose, to rehearse stops during a save.
enum SlowDisk {
  /// `GMLP_TRAIN_SLOW_DISK_MBPS`: the speed of writes of checkpoints in megabytes a second.
  static var megabytesPerSecond: Double? {
    ProcessInfo.processInfo.environment["GMLP_TRAIN_SLOW_DISK_MBPS"].flatMap(Double.init)
  }
}
