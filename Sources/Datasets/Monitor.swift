internal import Glibc

/// State that several threads share, under a lock, and a way to wait for it to change.
@safe final class Monitor<State: Sendable>: @unchecked Sendable {
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    check(unsafe pthread_mutex_init(mutex, nil))
    check(unsafe pthread_cond_init(changed, nil))
  }

  deinit {
    check(unsafe pthread_cond_destroy(changed))
    check(unsafe pthread_mutex_destroy(mutex))
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the state and wakes all who wait for it.
  func update(_ body: (inout State) -> Void) {
    check(unsafe pthread_mutex_lock(mutex))
    body(&state)
    check(unsafe pthread_cond_broadcast(changed))
    check(unsafe pthread_mutex_unlock(mutex))
  }

  /// Tries `attempt` now and after each change until it returns a value.
  ///
  /// What the successful attempt changed wakes all who wait; one that returns nil changes nothing.
  func wait<Result>(for attempt: (inout State) -> Result?) -> Result {
    check(unsafe pthread_mutex_lock(mutex))
    while true {
      if let result = attempt(&state) {
        check(unsafe pthread_cond_broadcast(changed))
        check(unsafe pthread_mutex_unlock(mutex))
        return result
      }
      check(unsafe pthread_cond_wait(changed, mutex))
    }
  }

  /// Each of these calls fails only if it is used wrongly.
  private func check(_ status: Int32) {
    precondition(status == 0, "a lock was used wrongly: error \(status)")
  }
}
