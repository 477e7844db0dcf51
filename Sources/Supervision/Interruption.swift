public import Configuration
import Foundation
import Synchronization

/// Signals that end a command which has something to remove first, such as half a set of shards.
///
/// Handlers only set a flag; the command asks for it now and then.
public enum Interruption {
  private static let received = Atomic<Int32>(0)
  private static let numbers = [SIGHUP, SIGINT, SIGTERM]

  /// From now on these signals are noted for ``check(_:)``; the second one ends the process at once.
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
  /// - Throws: as ``check(_:)``.
  public static func stopListening(_ consequence: String) throws(CommandError) {
    for number in numbers where !Signals.isIgnored(number) { signal(number, SIG_DFL) }
    try check(consequence)
  }

  /// Ends the command if a signal has come.
  ///
  /// - Parameter consequence: what becomes of the work so far, for the message.
  /// - Throws: ``CommandError`` with 128 + the signal.
  public static func check(_ consequence: String) throws(CommandError) {
    let number = received.load(ordering: .relaxed)
    guard number != 0 else { return }
    let names = [SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGTERM: "SIGTERM"]
    throw CommandError(
      "\(names[number] ?? "a signal") came: \(consequence)",
      relaying: 128 + number)
  }
}
