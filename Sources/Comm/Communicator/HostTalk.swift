/// How hosts hear of each other while a rank waits.
///
/// MPI may be called by the communication thread alone, which therefore takes a ``turn(_:)`` wherever it waits.
protocol HostTalk: AnyObject {
  /// Whether ranks do not meet before collectives.
  var isSilent: Bool { get set }

  /// How long the communication thread may sleep until its next turn; nil for as long as it likes.
  var pause: Duration? { get }

  /// Takes in what has come and, where it is time for it, tells the other hosts; never waits.
  ///
  /// - Throws: ``MPIError``.
  func turn(_ communicator: borrowing Communicator) throws(MPIError)

  /// Says that no message follows, and waits until the other hosts have said so; collective.
  ///
  /// - Throws: ``MPIError``.
  func end(_ communicator: borrowing Communicator) throws(MPIError)

  /// Passes the time between two looks of a thread that waits since `started`.
  func rest(since started: ContinuousClock.Instant)
}
