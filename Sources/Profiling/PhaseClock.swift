internal import Synchronization

/// Divides the time of one thread between phases.
///
/// Time belongs to the phase that was entered last, so that from ``start()`` to ``stop()`` the phases
/// add up to the time that passed. A clock that was not started reads no time.
public final class PhaseClock: Sendable {
  private struct State {
    var phase = Phase.other
    /// When the phase was entered; nil while the clock stands.
    var entered: ContinuousClock.Instant?
    var durations: [Phase: Duration] = [:]
  }

  private let state = Mutex(State())

  /// A clock that stands.
  public init() {}

  /// Forgets all before; from now on time belongs to ``Phase/other``.
  public func start() {
    state.withLock { $0 = State(entered: .now) }
  }

  /// From now on time belongs to `phase`.
  public func enter(_ phase: Phase) {
    state.withLock { state in
      guard let entered = state.entered, phase != state.phase else { return }
      let now = ContinuousClock.now
      state.durations[state.phase, default: .zero] += entered.duration(to: now)
      (state.phase, state.entered) = (phase, now)
    }
  }

  /// Ends the last phase and stands still.
  ///
  /// - Returns: what was spent on each phase since ``start()``.
  public func stop() -> [Phase: Duration] {
    enter(.other)
    return state.withLock { state in
      if let entered = state.entered {
        state.durations[.other, default: .zero] += entered.duration(to: .now)
      }
      state.entered = nil
      return state.durations
    }
  }
}
