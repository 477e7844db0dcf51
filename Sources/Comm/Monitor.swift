import Glibc

/// State that threads share, behind a lock, with the means to wait until it changes.
@safe final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: sending State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe changed.initialize(to: pthread_cond_t())
    unsafe demand(pthread_mutex_init(mutex, nil), "pthread_mutex_init")
    unsafe demand(pthread_cond_init(changed, nil), "pthread_cond_init")
  }

  deinit {
    unsafe demand(pthread_cond_destroy(changed), "pthread_cond_destroy")
    unsafe demand(pthread_mutex_destroy(mutex), "pthread_mutex_destroy")
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the state and wakes those who wait for a change.
  func change<Result>(_ body: (inout State) -> Result) -> Result {
    lock()
    defer { unlock() }
    let result = body(&state)
    unsafe demand(pthread_cond_broadcast(changed), "pthread_cond_broadcast")
    return result
  }

  /// Waits until `body` finds what it looks for, and may take it out of the state.
  func wait<Result>(_ body: (inout State) -> Result?) -> Result {
    lock()
    defer { unlock() }
    while true {
      if let result = body(&state) { return result }
      unsafe demand(pthread_cond_wait(changed, mutex), "pthread_cond_wait")
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
