/// Where the time of this rank's threads goes.
///
/// What the main thread does for all workers is charged to each of them: so each of their clocks
/// divides the whole time between ``start(at:)`` and ``stop(at:)``.
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

  /// Stopped clocks for `workers` workers.
  package init(workers: Int) {
    self.workers = (0..<workers).map { _ in PhaseClock() }
  }

  /// Starts all clocks; their time begins at `now`.
  package func start(at now: ContinuousClock.Instant) {
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

  /// Stops all clocks; their time ends at `now`.
  package func stop(at now: ContinuousClock.Instant) -> Reading {
    Reading(
      workers: workers.map { $0.stop(at: now) },
      communication: communication.stop(at: now))
  }
}
