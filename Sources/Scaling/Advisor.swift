import Configuration
import Model

/// Tries other settings on a cluster, one at a time.
struct Advisor {
  /// What a change has to gain, as a share.
  private static let leastGain = 0.005

  private let planner: Planner
  private let cluster: Cluster

  /// Tries settings of `planner` on `cluster`.
  init(_ planner: Planner, _ cluster: Cluster) {
    (self.planner, self.cluster) = (planner, cluster)
  }

  /// A setting that is tried.
  private struct Trial {
    let change: String
    let planner: Planner
    let cluster: Cluster
    var changesNumbers = false
  }

  /// The best value of each setting that gains something, the greatest gain first.
  var advice: [Advice] {
    let own = rate(planner, cluster)
    let kinds = [placements, buckets, interleavings, wire, microBatches]
    return kinds.compactMap { trials in
      trials.map { trial -> Advice in
        let found = rate(trial.planner, trial.cluster)
        return Advice(
          change: trial.change, samplesPerSecond: found, gain: found / own - 1,
          changesNumbers: trial.changesNumbers)
      }.max { $0.gain < $1.gain }
    }.filter { $0.gain >= Self.leastGain }.sorted { $0.gain > $1.gain }
  }

  /// Samples a second.
  private func rate(_ planner: Planner, _ cluster: Cluster) -> Double {
    let batch = planner.configuration(hosts: cluster.hosts).train.globalBatchSize
    return Double(batch) / planner.stepTimes(cluster).step
  }

  /// The same workers in other numbers of ranks.
  private var placements: [Trial] {
    let workers = cluster.ranks * cluster.threads
    return (1...workers).filter { workers.isMultiple(of: $0) && $0 != cluster.threads }.map {
      var other = cluster
      (other.ranks, other.threads) = (workers / $0, $0)
      return Trial(
        change: "--ranks \(other.ranks) --threads \(other.threads)",
        planner: with { $0.train.threads = other.threads }, cluster: other)
    }
  }

  private var buckets: [Trial] {
    let own = planner.configuration.train.bucketMB
    return [0.5, 1, 2, 4, 8, 16, 32].filter { $0 != own }.map { megabytes in
      Trial(
        change: "train.bucket_mb=\(megabytes)",
        planner: with { $0.train.bucketMB = megabytes }, cluster: cluster)
    }
  }

  /// Micro-batches that take turns in the layers: weights are needed later, and gradients are ready earlier.
  private var interleavings: [Trial] {
    let train = planner.configuration.train
    let most = planner.configuration(hosts: cluster.hosts).microBatches / cluster.workers
    return [0, 1, 2, 4, 8].map { $0 * train.microBatchSize }.filter {
      $0 != train.interleavedSamples && $0 <= most * train.microBatchSize
    }.map { samples in
      Trial(
        change: "train.interleaved_samples=\(samples)",
        planner: with { $0.train.interleavedSamples = samples }, cluster: cluster)
    }
  }

  private var wire: [Trial] {
    guard cluster.hosts > 1, planner.configuration.train.wirePrecision == .fp32 else { return [] }
    return [
      Trial(
        change: "train.wire_precision=bf16",
        planner: with { $0.train.wirePrecision = .bf16 }, cluster: cluster, changesNumbers: true)
    ]
  }

  /// Half and twice the micro-batch, where that leaves no worker without one.
  private var microBatches: [Trial] {
    let train = planner.configuration.train
    let batch = planner.configuration(hosts: cluster.hosts).train.globalBatchSize
    return [train.microBatchSize / 2, train.microBatchSize * 2].filter {
      $0 > 0 && train.globalBatchSize.isMultiple(of: $0) && batch / $0 >= cluster.workers
    }.map { size in
      Trial(
        change: "train.micro_batch_size=\(size)",
        planner: with { $0.train.microBatchSize = size }, cluster: cluster, changesNumbers: true)
    }
  }

  /// The planner with a change of the configuration.
  private func with(_ change: (inout TrainingConfiguration) -> Void) -> Planner {
    var other = planner
    change(&other.configuration)
    return other
  }
}
