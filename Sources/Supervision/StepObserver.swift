package import Faults
package import Profiling

/// Reports what a thread of this rank is doing: to the clocks of a profile, and to the watchdogs.
///
/// Both get the same phases. Watchdogs name them, and faults are injected where they begin. `charge(_:)` divides a
/// phase further, for clocks only. The main thread's observer speaks for all workers; each worker and the communication
/// thread have observers of their own.
package struct StepObserver: Sendable {
  private let activity: RankActivity
  private let profile: RankProfile?
  /// The clocks that this thread's time is charged to; none if time is not measured.
  private let clocks: [PhaseClock]

  /// The observer of the main thread; `profile` is nil if time is not measured.
  package init(profile: RankProfile?, activity: RankActivity) {
    self.init(activity, profile, profile?.workers ?? [])
  }

  private init(_ activity: RankActivity, _ profile: RankProfile?, _ clocks: [PhaseClock]) {
    self.activity = activity
    self.profile = profile
    self.clocks = clocks
  }

  /// The observer of worker `number`.
  package func ofWorker(_ number: Int) -> StepObserver {
    StepObserver(activity, profile, profile.map { [$0.workers[number]] } ?? [])
  }

  /// The observer of the communication thread.
  package var ofCommunication: StepObserver {
    StepObserver(activity, profile, profile.map { [$0.communication] } ?? [])
  }

  /// The clock of worker `number`, for the model's kernels; nil if time is not measured.
  package func kernelClock(ofWorker number: Int) -> PhaseClock? { profile?.workers[number] }

  /// Begins `step`.
  package func begin(step: Int) { activity.begin(step: step) }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: `InjectedError` if a fault is to be thrown.
  package func enter(_ phase: RunPhase) throws(InjectedError) {
    charge(to: phase)
    try activity.enter(phase)
  }

  /// Begins `phase` in a place that cannot throw.
  package func note(_ phase: RunPhase) {
    charge(to: phase)
    activity.note(phase)
  }

  /// Tells the watchdogs that this rank waits for others; clocks stay in the current phase.
  package func noteExchange() { activity.note(.exchange) }

  /// Continues a phase that was begun before; no fault happens.
  package func resume(_ phase: RunPhase) {
    charge(to: phase)
    activity.resume(phase)
  }

  /// Tells the watchdogs that the communication thread waits for other ranks from now on.
  package func waitForRanks(bucket: Int? = nil) { activity.waitForRanks(bucket: bucket) }

  /// Tells the watchdogs that the current phase makes progress.
  package func markProgress() { activity.markProgress() }

  /// Ends the current phase; time is charged to `other` until the next one.
  package func leave() { charge(.other) }

  /// Charges the time from now on to `phase`; watchdogs do not hear of it.
  package func charge(_ phase: Phase) {
    for clock in clocks { clock.enter(phase) }
  }

  /// Records `event`, which began at `begin` and ends now.
  package func record(_ event: TimeSpan.Event, since begin: ContinuousClock.Instant) {
    for clock in clocks { clock.record(event, since: begin) }
  }

  private func charge(to phase: RunPhase) {
    switch phase {
    // The model's kernels charge their time themselves.
    case .forward, .backward: break
    case .data: charge(.data)
    case .agree: charge(.agreement)
    case .bucket, .exchange: charge(.exchange)
    case .norm: charge(.norm)
    case .update: charge(.optimizer)
    case .gather: charge(.gather)
    case .start, .evaluate, .snapshot, .disk, .finish: charge(.other)
    }
  }
}
