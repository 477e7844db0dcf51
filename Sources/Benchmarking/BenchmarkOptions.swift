/// What a benchmark measures beside the speed, and for how long.
public struct BenchmarkOptions: Sendable {
  /// Random images even where the configured data are there.
  public var usesSyntheticData = false
  /// Steps that are measured, at least 1.
  public var steps = 10
  /// Steps before those.
  public var warmupSteps = 2
  /// Where the trace of the last measured steps goes, if one is wanted.
  public var trace: String?
  /// The folder in which a checkpoint is written for a while, if one is to be measured.
  public var checkpointDirectory: String?

  /// The defaults.
  public init() {}
}
