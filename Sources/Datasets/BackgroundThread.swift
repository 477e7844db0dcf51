internal import Glibc

/// A thread that runs one closure and is waited for.
///
/// Signals go to the other threads of the process.
@safe final class BackgroundThread: Sendable {
  private let thread: pthread_t

  /// Starts a thread that runs `body`.
  ///
  /// - Throws: ``DatasetError``, naming the thread, if the system grants none.
  init(name: String, body: @escaping @Sendable () -> Void) throws(DatasetError) {
    let work = Work(body: body)
    let context = unsafe Unmanaged.passRetained(work)
    var thread = pthread_t()
    let status = unsafe pthread_create(&thread, nil, runWork, context.toOpaque())
    guard status == 0 else {
      unsafe context.release()
      let reason = unsafe String(cString: strerror(status))
      throw DatasetError(
        .inputOutput, FileLocation("thread \(name)"), "cannot start: \(reason); raise ulimit -u")
    }
    self.thread = thread
  }

  /// Returns when the closure has; to be called once.
  func join() {
    let status = pthread_join(thread, nil)
    precondition(status == 0, "a thread cannot be waited for: error \(status)")
  }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(body: @escaping @Sendable () -> Void) {
    self.body = body
  }

  func run() {
    var all = sigset_t()
    let filled = unsafe sigfillset(&all)
    precondition(filled == 0, "no set of signals: error \(errno)")
    let status = unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    precondition(status == 0, "signals cannot be blocked: error \(status)")
    body()
  }
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { preconditionFailure("a thread without work") }
  unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
