import Glibc

/// State that several threads share, behind a lock, with the means to wait until it changes.
@safe public final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  /// A monitor of `state`.
  public init(_ state: sending State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe changed.initialize(to: pthread_cond_t())
    unsafe demand(pthread_mutex_init(mutex, nil), "pthread_mutex_init")
    var attributes = pthread_condattr_t()
    unsafe demand(pthread_condattr_init(&attributes), "pthread_condattr_init")
    // A wait that has an end keeps it if somebody sets the clock.
    unsafe demand(
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), "pthread_condattr_setclock")
    unsafe demand(pthread_cond_init(changed, &attributes), "pthread_cond_init")
    unsafe demand(pthread_condattr_destroy(&attributes), "pthread_condattr_destroy")
  }

  deinit {
    unsafe demand(pthread_cond_destroy(changed), "pthread_cond_destroy")
    unsafe demand(pthread_mutex_destroy(mutex), "pthread_mutex_destroy")
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the state and wakes those who wait for a change.
  public func change<Result>(_ body: (inout State) -> Result) -> Result {
    lock()
    defer { unlock() }
    let result = body(&state)
    unsafe demand(pthread_cond_broadcast(changed), "pthread_cond_broadcast")
    return result
  }

  /// Reads the state without waking any thread.
  public func read<Result>(_ body: (State) -> Result) -> Result {
    lock()
    defer { unlock() }
    return body(state)
  }

  /// Tries `attempt` now and after each change until it returns a value.
  ///
  /// What the successful attempt changed wakes those who wait; one that returns nil changes nothing.
  public func wait<Result>(_ attempt: (inout State) -> Result?) -> Result {
    lock()
    defer { unlock() }
    while true {
      if let result = attempt(&state) {
        unsafe demand(pthread_cond_broadcast(changed), "pthread_cond_broadcast")
        return result
      }
      unsafe demand(pthread_cond_wait(changed, mutex), "pthread_cond_wait")
    }
  }

  /// The same for at most so long; nil if no attempt has returned a value by then.
  public func wait<Result>(
    atMost limit: Duration, _ attempt: (inout State) -> Result?
  ) -> Result? {
    var end = timespec()
    unsafe demand(clock_gettime(CLOCK_MONOTONIC, &end), "clock_gettime")
    let (seconds, attoseconds) = limit.components
    let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
    end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    lock()
    defer { unlock() }
    while true {
      if let result = attempt(&state) {
        unsafe demand(pthread_cond_broadcast(changed), "pthread_cond_broadcast")
        return result
      }
      let status = unsafe pthread_cond_timedwait(changed, mutex, &end)
      if status == ETIMEDOUT { return nil }
      demand(status, "pthread_cond_timedwait")
    }
  }

  private func lock() {
    unsafe demand(pthread_mutex_lock(mutex), "pthread_mutex_lock")
  }

  private func unlock() {
    unsafe demand(pthread_mutex_unlock(mutex), "pthread_mutex_unlock")
  }
}

/// Traps where a call that fails only by our own mistake has failed.
func demand(_ status: Int32, _ call: StaticString) {
  precondition(status == 0, "\(call) failed with error \(status)")
}
