import Synchronization

/// Divides the time of one thread between phases.
///
/// Time belongs to the phase that was entered last, so that from ``start(at:)`` to ``stop(at:)`` the
/// phases add up to the time that passed. A clock that was not started reads no time.
public final class PhaseClock: Sendable {
  /// What a clock has seen.
  public struct Reading: Sendable {
    /// What was spent on each phase.
    public fileprivate(set) var durations: [Phase: Duration] = [:]
    /// What was recorded, each span when it ended.
    public fileprivate(set) var spans: [TimeSpan] = []
    /// Spans for which there was no room.
    public fileprivate(set) var omittedSpans = 0
  }

  fileprivate struct State {
    var started = ContinuousClock.now
    var phase = Phase.other
    /// When the phase was entered; nil while the clock is stopped.
    var entered: ContinuousClock.Instant?
    /// The limit on recorded spans; nil while none are recorded.
    var spanLimit: Int?
    var reading = Reading()
  }

  private let state = Mutex(State())

  /// A stopped clock.
  public init() {}

  /// Forgets all before; from `now` on time belongs to ``Phase/other``.
  public func start(at now: ContinuousClock.Instant) {
    state.withLock { $0 = State(started: now, entered: now) }
  }

  /// From now on time belongs to `phase`.
  public func enter(_ phase: Phase) {
    state.withLock { state in
      if state.entered != nil && phase != state.phase { state.enter(phase, at: .now) }
    }
  }

  /// From now on phases and events are recorded, `limit` of them at most.
  public func recordSpans(limit: Int) {
    state.withLock { $0.spanLimit = limit }
  }

  /// Records `event`, which began at `begin` and ends now.
  public func record(_ event: TimeSpan.Event, since begin: ContinuousClock.Instant) {
    state.withLock { $0.record(event, from: begin, to: .now) }
  }

  /// Ends the last phase and stops the clock.
  ///
  /// - Returns: what was seen since ``start(at:)``.
  public func stop(at now: ContinuousClock.Instant) -> Reading {
    state.withLock { state in
      state.enter(.other, at: now)
      state.entered = nil
      return state.reading
    }
  }
}

extension PhaseClock.State {
  fileprivate mutating func enter(_ next: Phase, at now: ContinuousClock.Instant) {
    guard let entered else { return }
    reading.durations[phase, default: .zero] += entered.duration(to: now)
    record(.phase(phase), from: entered, to: now)
    (phase, self.entered) = (next, now)
  }

  fileprivate mutating func record(
    _ event: TimeSpan.Event, from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant
  ) {
    guard let spanLimit else { return }
    guard reading.spans.count < spanLimit else {
      reading.omittedSpans += 1
      return
    }
    reading.spans.append(
      TimeSpan(
        event: event, start: started.duration(to: begin) / .seconds(1),
        seconds: begin.duration(to: end) / .seconds(1)))
  }
}
