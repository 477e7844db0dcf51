import Files

/// How long a start waits for the lock of a run directory that somebody holds.
public struct LockPatience: Sendable {
  let duration: Duration

  /// Not at all: another run is at work.
  public static let none = LockPatience(duration: .zero)

  /// Two minutes for a restart, none for a start by hand.
  ///
  /// The lock of a host that was lost is held by the storage until its lease ends, after 90 s on NFS, and
  /// a process that was killed may take a moment.
  static func of(_ restart: Restart) -> LockPatience {
    restart.number > 0 ? LockPatience(duration: .seconds(120)) : .none
  }

  func tell(_ path: String) {
    StandardError.write(
      "\(path): the lock is still held, by a process that has not ended or by a lost host; waiting up "
        + "to \(duration.components.seconds) s for it")
  }
}
