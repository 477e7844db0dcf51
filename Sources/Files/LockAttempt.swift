import Glibc

/// How an attempt at the lock of a file or folder ended.
public enum LockAttempt: Sendable, Equatable {
  /// The lock belongs to the open descriptor until it is closed, or its process ends.
  case taken
  /// Somebody else holds it.
  case held
  /// The file system has no locks, for this reason.
  case unsupported(Int32)
  /// The system refused with this error number.
  case failed(Int32)

  /// What Linux's file systems answer that have no locks: Lustre without `flock`, NFS without a lock
  /// daemon, some FUSE ones.
  private static let refusals: Set<Int32> = [ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL]

  /// Tries to lock what `descriptor` is open on, without waiting.
  public init(on descriptor: Int32) {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      switch number {
      case EINTR: continue
      case EWOULDBLOCK: self = .held
      case _ where Self.refusals.contains(number): self = .unsupported(number)
      default: self = .failed(number)
      }
      return
    }
    self = .taken
  }
}
