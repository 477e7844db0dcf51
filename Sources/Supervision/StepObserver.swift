package import Faults
package import Profiling

/// Tells at once whoever measures where a thread's time goes, and the watchdogs that the rank comes further.
///
/// Both hear of the same phases, those that watchdogs name and faults are injected at; `charge(_:)` divides
/// time further. The rank's main thread speaks for all workers; each worker and the communication thread have
/// an observer of their own.
package struct StepObserver: Sendable {
  private let activity: RankActivity
  private let profile: RankProfile?
  /// Those that the thread's time is charged to; none where nobody measures.
  private let clocks: [PhaseClock]

  /// The observer of the main thread; it tells `profile` where somebody measures.
  package init(profile: RankProfile?, activity: RankActivity) {
    self.init(activity, profile, profile?.workers ?? [])
  }

  private init(_ activity: RankActivity, _ profile: RankProfile?, _ clocks: [PhaseClock]) {
    self.activity = activity
    self.profile = profile
    self.clocks = clocks
  }

  /// That of the worker `number`.
  package func ofWorker(_ number: Int) -> StepObserver {
    StepObserver(activity, profile, profile.map { [$0.workers[number]] } ?? [])
  }

  /// That of the communication thread.
  package var ofCommunication: StepObserver {
    StepObserver(activity, profile, profile.map { [$0.communication] } ?? [])
  }

  /// The clock of the worker `number`, for the model's kernels; nil where nobody measures.
  package func kernelClock(ofWorker number: Int) -> PhaseClock? { profile?.workers[number] }

  /// Begins `step`.
  package func begin(step: Int) { activity.begin(step: step) }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: `InjectedError` where a fault is to be thrown.
  package func enter(_ phase: RunPhase) throws(InjectedError) {
    charge(to: phase)
    try activity.enter(phase)
  }

  /// Begins a phase that cannot throw.
  package func note(_ phase: RunPhase) {
    charge(to: phase)
    activity.note(phase)
  }

  /// Waits for other ranks; the time still belongs to the phase before.
  package func noteExchange() { activity.note(.exchange) }

  /// Continues a phase that was begun before; no fault happens.
  package func resume(_ phase: RunPhase) {
    charge(to: phase)
    activity.resume(phase)
  }

  /// From here on the communication thread waits for other ranks.
  package func waitForRanks(bucket: Int? = nil) { activity.waitForRanks(bucket: bucket) }

  /// The phase makes progress.
  package func markProgress() { activity.markProgress() }

  /// Ends what was begun last; what follows has no name.
  package func leave() { charge(.other) }

  /// Charges the time from now on to `phase`, of which watchdogs need not know.
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
