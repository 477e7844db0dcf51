public import Configuration
import Foundation
import Synchronization

/// Signals that end a command which has something to remove first, such as half a set of shards.
///
/// Handlers only set a flag; the command asks for it now and then.
public enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let numbers = [SIGHUP, SIGINT, SIGTERM]

  /// From now on these signals are noted for ``check()``; the second one ends the process at once.
  ///
  /// What a parent has them ignore, as `nohup` does, stays ignored.
  public static func listen() {
    // A lazy global must not be initialised inside a handler.
    _ = received.load(ordering: .relaxed)
    for number in numbers where !Signals.isIgnored(number) {
      signal(number) { number in
        if Interruption.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }

  /// From now on they end the process by themselves again.
  ///
  /// - Throws: as ``check()``.
  public static func stopListening() throws(CommandError) {
    for number in numbers where !Signals.isIgnored(number) { signal(number, SIG_DFL) }
    try check()
  }

  /// Ends the command if a signal has come.
  ///
  /// - Throws: ``CommandError`` with 128 + the signal.
  public static func check() throws(CommandError) {
    let number = received.load(ordering: .relaxed)
    guard number != 0 else { return }
    let names = [SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGTERM: "SIGTERM"]
    throw CommandError(
      "\(names[number] ?? "a signal") came: what was written so far is removed",
      relaying: 128 + number)
  }
}
