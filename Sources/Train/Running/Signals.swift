internal import Foundation
internal import Synchronization

/// What signals have asked of this process.
///
/// Handlers only set flags; the loop reads them.
public enum Signals {
  private static let saveRequested = Atomic<Bool>(false)
  private static let stopRequested = Atomic<Bool>(false)
  private static let interrupted = Atomic<Bool>(false)
  private static let terminated = Atomic<Bool>(false)

  /// Begins to listen: USR1 saves, USR2, TERM and INT save and stop; a second INT ends at once.
  public static func listen() {
    // A lazy global must not be made for the first time inside a handler.
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
    // A closed pipe is an error of write, not the end of a run.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Whether the run is to be saved and stopped.
  public static var stops: Bool { stopRequested.load(ordering: .relaxed) || timeIsOver }

  /// Whether a launcher may be ending the ranks: SIGTERM came, and SIGKILL follows a second later.
  static var endsByLauncher: Bool { terminated.load(ordering: .relaxed) }

  /// Has the run saved and stopped at a moment, as SIGUSR2 does.
  static func requestStop(at time: ContinuousClock.Instant) {
    deadline.store(epoch.duration(to: time).nanoseconds, ordering: .relaxed)
  }

  private static let epoch = ContinuousClock.now
  /// In nanoseconds since ``epoch``.
  private static let deadline = Atomic<Int>(.max)

  /// Whether the run stops because its time is over.
  static var timeIsOver: Bool {
    epoch.duration(to: .now).nanoseconds > deadline.load(ordering: .relaxed)
  }

  /// Whether a checkpoint is wanted; the wish is then forgotten.
  static func takeSaveRequest() -> Bool { saveRequested.exchange(false, ordering: .relaxed) }
}
