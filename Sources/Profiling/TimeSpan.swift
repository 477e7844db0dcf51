/// A stretch of one thread's time, for a picture of it.
public struct TimeSpan: Sendable {
  /// What it was.
  public enum Event: Sendable, Hashable {
    /// A phase, until the next one.
    case phase(Phase)
    /// A step of this number.
    case step(Int)
    /// A micro-batch of this number in its step.
    case microBatch(Int)
    /// The exchange of the bucket of this number.
    case bucket(Int)
  }

  /// What it was.
  public let event: Event
  /// Seconds from the start of the clock to its begin.
  public let start: Double
  /// How long it was.
  public let seconds: Double

  /// A span.
  public init(event: Event, start: Double, seconds: Double) {
    self.event = event
    self.start = start
    self.seconds = seconds
  }
}
