import Faults
package import Profiling
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

/// Where the time of this rank's threads goes.
///
/// What the main thread does for all workers is charged to each of them: so each of their clocks
/// divides the whole time between ``start()`` and ``stop()``.
package final class RankProfile: Sendable {
  /// What the clocks have seen.
  package struct Reading: Sendable {
    /// What each worker did.
    package let workers: [PhaseClock.Reading]
    /// What the communication thread did for the exchange of gradients.
    package let communication: PhaseClock.Reading
  }

  /// A clock a worker; the first worker is the main thread.
  package let workers: [PhaseClock]
  /// The clock of the exchange of gradients.
  package let communication = PhaseClock()

  /// Clocks that stand, for `workers` workers.
  package init(workers: Int) {
    self.workers = (0..<workers).map { _ in PhaseClock() }
  }

  /// Starts all clocks.
  package func start() {
    let now = ContinuousClock.now
    for clock in workers + [communication] { clock.start(at: now) }
  }

  /// From now on spans are recorded, `limit` of them at most on each thread.
  package func recordSpans(limit: Int) {
    for clock in workers + [communication] { clock.recordSpans(limit: limit) }
  }

  /// From now on the time of all workers belongs to `phase`; none of them computes.
  package func enter(_ phase: Phase) {
    for clock in workers { clock.enter(phase) }
  }

  /// Stops all clocks.
  package func stop() -> Reading {
    let now = ContinuousClock.now
    return Reading(
      workers: workers.map { $0.stop(at: now) },
      communication: communication.stop(at: now))
  }
}
