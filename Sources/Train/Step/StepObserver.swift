import Faults
package import Profiling
package import Supervision

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
  func ofWorker(_ number: Int) -> StepObserver {
    StepObserver(activity, profile, profile.map { [$0.workers[number]] } ?? [])
  }

  /// That of the communication thread.
  var ofCommunication: StepObserver {
    StepObserver(activity, profile, profile.map { [$0.communication] } ?? [])
  }

  /// The clock of the worker `number`, for the model's kernels; nil where nobody measures.
  func kernelClock(ofWorker number: Int) -> PhaseClock? { profile?.workers[number] }

  /// The faults injected into this rank, other than those that happen when a phase begins.
  var faults: RankActivity { activity }

  /// Begins `step`.
  func begin(step: Int) { activity.begin(step: step) }

  /// Begins to save the state after `step`, which is written while later steps are under way.
  func beginSave(step: Int) { activity.beginSave(step: step) }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: `InjectedError` where a fault is to be thrown.
  func enter(_ phase: RunPhase) throws(InjectedError) {
    charge(to: phase)
    try activity.enter(phase)
  }

  /// Begins a phase that cannot throw.
  func note(_ phase: RunPhase) {
    charge(to: phase)
    activity.note(phase)
  }

  /// Waits for other ranks; the time still belongs to the phase before.
  func noteExchange() { activity.note(.exchange) }

  /// Continues a phase that was begun before; no fault happens.
  func resume(_ phase: RunPhase) {
    charge(to: phase)
    activity.resume(phase)
  }

  /// From here on the communication thread waits for other ranks.
  func waitForRanks(bucket: Int? = nil) { activity.waitForRanks(bucket: bucket) }

  /// The phase makes progress.
  func markProgress() { activity.markProgress() }

  /// Ends what was begun last; what follows has no name.
  func leave() { charge(.other) }

  /// Charges the time from now on to `phase`, of which watchdogs need not know.
  func charge(_ phase: Phase) {
    for clock in clocks { clock.enter(phase) }
  }

  /// Records `event`, which began at `begin` and ends now.
  func record(_ event: TimeSpan.Event, since begin: ContinuousClock.Instant) {
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
