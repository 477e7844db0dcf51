import Supervision
import Threading

/// Checkpoints that signals ask this rank for.
///
/// A launcher's signal reaches the ranks in different steps, and means one checkpoint.
struct SaveRequests: Sendable {
  /// A request this soon after one was granted is the same one.
  private static let echo = Duration.seconds(2)

  /// When a checkpoint was last taken because a signal asked for it.
  private var granted: ContinuousClock.Instant?

  /// Whether a checkpoint is wanted; the vote is then forgotten.
  func take() -> Bool {
    let isEcho = granted.map { $0.duration(to: .now) < Self.echo } ?? false
    return Signals.takeSaveRequest() && !isEcho
  }

  /// Takes note that what was asked for up to now is granted by the checkpoint that follows.
  mutating func grant() {
    _ = Signals.takeSaveRequest()
    granted = .now
  }
}
