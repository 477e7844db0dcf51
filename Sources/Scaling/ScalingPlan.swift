import Configuration
import Files

/// Training on 1, 2, 4 and more hosts, predicted, with what would make it faster on the most of them.
public struct ScalingPlan: Sendable, Encodable {
  /// One number of hosts each.
  public let rows: [PredictedRun]
  /// What makes steps faster on the most hosts, the greatest gain first.
  public let advice: [Advice]
  /// What is to be known of the numbers, one line each.
  public let notes: [String]
  /// Where the times of layers are from: `measured`, `estimated` or `pretended`.
  public let origin: String
  /// How ranks of several hosts exchange: `ranks` or `hosts`.
  public let exchange: String
  /// Bytes of content that a link carries in a second, each way.
  public let linkBytesPerSecond: Double
  /// Seconds from the departure of a byte to its arrival.
  public let latencySeconds: Double
  /// Cores of each host.
  public let cores: Int

  /// A plan for up to the hosts of `cluster`.
  ///
  /// - Parameters:
  ///   - planner: what is planned.
  ///   - cluster: the most hosts.
  package init(_ planner: Planner, _ cluster: Cluster) {
    var rows = Self.sizes(upTo: cluster.hosts).map { hosts in
      var smaller = cluster
      smaller.hosts = hosts
      return planner.predict(smaller)
    }
    for index in rows.indices {
      rows[index].efficiency =
        rows[index].samplesPerSecond / (Double(rows[index].hosts) * rows[0].samplesPerSecond)
    }
    self.rows = rows
    advice = Advisor(planner, cluster).advice
    notes = Self.notes(planner, cluster, rows)
    origin = planner.profile.origin.rawValue
    exchange = planner.exchangeKind.rawValue
    linkBytesPerSecond = cluster.bytesPerSecond
    latencySeconds = cluster.latency
    cores = cluster.cores
  }

  /// 1, 2, 4 and so on, and `most` itself.
  static func sizes(upTo most: Int) -> [Int] {
    var sizes = [1]
    while 2 * sizes[sizes.count - 1] < most { sizes.append(2 * sizes[sizes.count - 1]) }
    return most > 1 ? sizes + [most] : sizes
  }

  private static func notes(
    _ planner: Planner, _ cluster: Cluster, _ rows: [PredictedRun]
  ) -> [String] {
    let profile = planner.profile
    let configuration = planner.configuration(hosts: cluster.hosts)
    var notes: [String] = []
    if profile.origin == .estimated {
      notes.append(
        "times are estimated from the rate of matrix products; 'gmlp-train benchmark --profile FILE' "
          + "measures them")
    }
    let size = configuration.train.microBatchSize
    if profile.microBatch != size {
      notes.append(
        "the profile is of micro-batches of \(profile.microBatch); times of \(size) are taken in "
          + "proportion")
    }
    let (microBatches, workers) = (configuration.microBatches, cluster.workers)
    if microBatches < workers {
      notes.append(
        "on \(counted(cluster.hosts, "host")) only \(microBatches) of \(workers) workers have something "
          + "to do: a step has no more micro-batches")
    } else if !microBatches.isMultiple(of: workers) {
      notes.append(
        "\(microBatches) micro-batches do not divide evenly among \(workers) workers; steps take as long "
          + "as the busiest")
    }
    if let last = rows.last, last.steps == nil {
      notes.append(
        "how long the run takes is not known without the training set; give its size with --samples"
      )
    }
    if let most = cluster.memoryBytes, let last = rows.last,
      Double(last.memoryBytesPerHost) > most
    {
      notes.append(
        "a host needs \(last.memoryBytesPerHost / 1_000_000) MB and has \(Int(most) / 1_000_000) MB"
      )
    }
    return notes
  }
}
