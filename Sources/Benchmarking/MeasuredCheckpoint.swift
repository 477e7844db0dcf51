/// What a checkpoint costs the training beside which it is written.
public struct MeasuredCheckpoint: Sendable, Encodable {
  /// The lengths of its files.
  public let bytes: Int
  /// From its begin until it stands on the disk.
  public let seconds: Double
  /// For how long it held up the rank that it held up longest: the copies, and handing over parts.
  public let stallSeconds: Double
  /// Steps that were taken until it stood.
  public let stepsBeside: Int
  /// How much longer these took than as many median steps; below zero by chance.
  public let slowdownSeconds: Double
  /// Stall and slow-down as a share of the time with one checkpoint a minute.
  public let shareAtOneAMinute: Double

  package init(
    bytes: Int, seconds: Double, stallSeconds: Double, stepsBeside: Int, slowdownSeconds: Double
  ) {
    self.bytes = bytes
    self.seconds = seconds
    self.stallSeconds = stallSeconds
    self.stepsBeside = stepsBeside
    self.slowdownSeconds = slowdownSeconds
    shareAtOneAMinute = (stallSeconds + max(0, slowdownSeconds)) / 60
  }
}
