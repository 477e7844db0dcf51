import Faults
import Profiling
package import Supervision

/// Tells at once whoever measures where this rank's time goes, and the watchdogs that it comes further.
///
/// For what the rank's main thread does for all workers.
package struct StepObserver: Sendable {
  /// Where the time goes; nil where nobody asks.
  let profile: RankProfile?
  /// What this rank does, for the other ranks of its host.
  let activity: RankActivity

  /// Tells `activity`, and `profile` where somebody measures.
  package init(profile: RankProfile?, activity: RankActivity) {
    self.profile = profile
    self.activity = activity
  }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: `InjectedError` where a fault is to be thrown.
  func enter(_ phase: RunPhase) throws {
    profile?.enter(Self.measured(phase))
    try activity.enter(phase)
  }

  /// Begins a phase that cannot throw.
  func note(_ phase: RunPhase) {
    profile?.enter(Self.measured(phase))
    activity.note(phase)
  }

  /// Ends what was begun last; what follows has no name.
  func leave() { profile?.enter(.other) }

  /// What the time of `phase` is charged to.
  private static func measured(_ phase: RunPhase) -> Phase {
    switch phase {
    case .exchange: .exchange
    case .norm: .norm
    case .update: .optimizer
    case .gather: .gather
    default: .other
    }
  }
}
