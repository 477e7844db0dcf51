import Glibc

/// A thread that runs one closure and is waited for.
///
/// No signal is delivered to it, nor to the threads that it starts: signals that the program handles
/// would interrupt the system calls of libraries. Faults of its own still end the process.
@safe public final class BackgroundThread: Sendable {
  private let thread: pthread_t

  /// Bytes of the stack, regardless of the limit (ulimit -s) that the parent has set.
  public static let stackBytes = 8 << 20

  /// Starts a thread that runs `body`.
  ///
  /// - Throws: ``ThreadError`` if the system grants none.
  public init(
    name: String, body: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    let before = Self.blockSignals()
    let work = unsafe Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    unsafe demand(pthread_attr_init(&attributes), "pthread_attr_init")
    unsafe demand(
      pthread_attr_setstacksize(&attributes, Self.stackBytes), "pthread_attr_setstacksize")
    let status = unsafe pthread_create(&thread, &attributes, run, work.toOpaque())
    unsafe demand(pthread_attr_destroy(&attributes), "pthread_attr_destroy")
    Self.restoreSignals(before)
    guard status == 0 else {
      unsafe work.release()
      throw ThreadError(name: name, reason: unsafe String(cString: strerror(status)))
    }
    self.thread = thread
  }

  /// Seconds for which the thread has had a processor; not to be asked for after ``join()``.
  public var processorSeconds: Double {
    var clock = clockid_t()
    unsafe demand(pthread_getcpuclockid(thread, &clock), "pthread_getcpuclockid")
    var time = timespec()
    unsafe demand(clock_gettime(clock, &time), "clock_gettime")
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Returns when the closure has; to be called once.
  public func join() {
    demand(pthread_join(thread, nil), "pthread_join")
  }

  /// Blocks all signals but faults on the calling thread, for the new one to inherit.
  private static func blockSignals() -> sigset_t {
    var all = sigset_t()
    var before = sigset_t()
    unsafe demand(sigfillset(&all), "sigfillset")
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] {
      unsafe demand(sigdelset(&all, fault), "sigdelset")
    }
    unsafe demand(pthread_sigmask(SIG_BLOCK, &all, &before), "pthread_sigmask")
    return before
  }

  private static func restoreSignals(_ before: sigset_t) {
    var before = before
    unsafe demand(pthread_sigmask(SIG_SETMASK, &before, nil), "pthread_sigmask")
  }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { preconditionFailure("a thread without work") }
  unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
  return nil
}
