/// What training takes on a number of hosts.
public struct PredictedRun: Sendable, Encodable {
  /// Hosts.
  public let hosts: Int
  /// Ranks on each of them.
  public let ranks: Int
  /// Worker threads of each rank.
  public let threads: Int
  /// Samples a step.
  public let globalBatchSize: Int
  /// Micro-batches of the worker that has most of them.
  public let microBatchesPerWorker: Int
  /// Seconds from the end of a step to the end of the next one.
  public let stepSeconds: Double
  /// Samples that all workers together train on in a second.
  public let samplesPerSecond: Double
  /// That rate as a share of the number of hosts times the rate of one host.
  public internal(set) var efficiency = 1.0
  /// Seconds of a step in which the busiest worker computes.
  public let computeSeconds: Double
  /// Seconds of a step in which workers wait for others, or the exchange has their cores.
  public let exposedSeconds: Double
  /// Buckets of a step.
  public let buckets: Int
  /// Bytes that a host sends in a step.
  public let sentBytesPerHost: Int
  /// Messages that a host sends in a step.
  public let messagesPerHost: Int
  /// The peak of a rank's memory, without data that are held unpacked.
  public let memoryBytesPerRank: Int
  /// The peak of all ranks of a host.
  public let memoryBytesPerHost: Int
  /// The size of a checkpoint.
  public let checkpointBytes: Int
  /// Seconds until a checkpoint is on the disk, while training goes on.
  public let checkpointSeconds: Double
  /// Steps of the whole run; nil if the size of the training set is not known.
  public let steps: Int?
  /// Hours of all steps.
  public let hours: Double?
  /// The same on all cores.
  public let coreHours: Double?
  /// What a faster step would need first: `compute`, `bandwidth`, `latency`, `loader`, `memory`, or `work` where
  /// workers have nothing to do.
  public let limit: String
}

/// A change of the configuration or the placement that makes steps faster.
public struct Advice: Sendable, Encodable {
  /// What to set, as `train.bucket_mb=8`.
  public let change: String
  /// Samples a second with it.
  public let samplesPerSecond: Double
  /// How much more that is, as a share.
  public let gain: Double
  /// Whether the weights after training will be others.
  public let changesNumbers: Bool
}
