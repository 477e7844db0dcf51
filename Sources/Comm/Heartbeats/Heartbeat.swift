/// What one rank says of itself: numbers whose meaning the program gives.
public struct Heartbeat: Sendable, Equatable {
  /// One of the two kinds of threads that tell what they do.
  public struct Activity: Sendable, Equatable {
    /// What is being done.
    public var phase: UInt32 = 0
    /// Counts everything that was begun; it goes on as long as the thread does.
    public var progress: UInt32 = 0

    /// Nothing yet.
    public init() {}
  }

  /// Counts the looks of the rank's own watchdog: it goes on as long as the process runs.
  public var beats: UInt32 = 0
  /// The step under way.
  public var step: UInt32 = 0
  /// The number of the bucket that is exchanged, if one is.
  public var bucket: Int?
  /// The threads that compute.
  public var compute = Activity()
  /// The thread that calls MPI.
  public var communication = Activity()
  /// Whether the rank is about to end.
  public var isEnding = false
  /// Whether it ends because of something that it has said.
  public var hasFailed = false

  /// Nothing yet.
  public init() {}
}
