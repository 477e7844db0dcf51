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
