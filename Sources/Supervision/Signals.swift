import Foundation
import Synchronization
import Threading

/// The requests that signals have made to this process.
///
/// Handlers only set flags; the loop reads them.
public enum Signals {
  private static let saveRequested = Atomic<Bool>(false)
  private static let stopRequested = Atomic<Bool>(false)
  private static let interrupted = Atomic<Bool>(false)
  private static let terminated = Atomic<Bool>(false)

  /// Begins to listen: USR1 saves, USR2, TERM, INT, HUP and XCPU save and stop; a second INT ends at once.
  ///
  /// HUP stays ignored under `nohup`.
  public static func listen() {
    // A lazy global must not be initialised inside a handler.
    _ = saveRequested.load(ordering: .relaxed)
    _ = stopRequested.load(ordering: .relaxed)
    _ = interrupted.load(ordering: .relaxed)
    _ = terminated.load(ordering: .relaxed)
    signal(SIGUSR1) { _ in Signals.saveRequested.store(true, ordering: .relaxed) }
    signal(SIGUSR2) { _ in Signals.stopRequested.store(true, ordering: .relaxed) }
    signal(SIGTERM) { _ in
      Signals.terminated.store(true, ordering: .relaxed)
      Signals.stopRequested.store(true, ordering: .relaxed)
    }
    signal(SIGINT) { _ in
      if Signals.interrupted.exchange(true, ordering: .relaxed) { _exit(128 + SIGINT) }
      Signals.stopRequested.store(true, ordering: .relaxed)
    }
    // The terminal is gone, or the limit on processor time (ulimit -t) is reached.
    for number in [SIGHUP, SIGXCPU] where !isIgnored(number) {
      signal(number) { _ in Signals.stopRequested.store(true, ordering: .relaxed) }
    }
    // If the terminal stops background jobs that write, a line would stop the run for good.
    signal(SIGTTOU, SIG_IGN)
    leaveTimeToStop()
  }

  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    let status = unsafe sigaction(number, nil, &action)
    precondition(status == 0, "sigaction \(number) failed with error \(errno)")
    let handler = unsafe action.__sigaction_handler.sa_handler
    return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Makes XCPU arrive some seconds before the KILL of `ulimit -t`.
  private static func leaveTimeToStop() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_CPU.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_max != .max,
      limit.rlim_cur >= limit.rlim_max
    else { return }
    limit.rlim_cur = limit.rlim_max - min(60, limit.rlim_max / 5)
    let status = unsafe setrlimit(resource, &limit)
    precondition(status == 0, "setrlimit of the processor's time failed with error \(errno)")
  }

  /// Whether the run should save and stop.
  public static var stops: Bool { stopRequested.load(ordering: .relaxed) || timeIsOver }

  /// Whether a launcher may be ending the ranks: SIGTERM came, and SIGKILL follows a second later.
  static var endsByLauncher: Bool { terminated.load(ordering: .relaxed) }

  /// Saves and stops the run at a given time, as SIGUSR2 does.
  package static func requestStop(at time: ContinuousClock.Instant) {
    let wait = epoch.duration(to: time)
    // Centuries of nanoseconds are more than an Int holds.
    deadline.store(wait > .seconds(1 << 32) ? .max : wait.nanoseconds, ordering: .relaxed)
  }

  private static let epoch = ContinuousClock.now
  /// In nanoseconds since ``epoch``.
  private static let deadline = Atomic<Int>(.max)

  /// Whether the run stops because its time is over.
  package static var timeIsOver: Bool {
    epoch.duration(to: .now).nanoseconds > deadline.load(ordering: .relaxed)
  }

  /// Whether a checkpoint is wanted; reading it resets it.
  package static func takeSaveRequest() -> Bool {
    saveRequested.exchange(false, ordering: .relaxed)
  }
}
