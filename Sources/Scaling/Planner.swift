import Comm
package import Configuration
package import Foundation
import Memory
package import Model
import Planning
import Reduction
import Saving

/// Predicts the training of one configuration on clusters of different sizes.
package struct Planner: Sendable {
  /// Hosts that are simulated one by one; of more, the busiest stands for all.
  private static let mostHosts = 64
  /// Messages of a bucket that are simulated where one host stands for all.
  private static let mostMessages = 64
  /// Steps that are simulated: the first begins with all weights there, and the third is like all later ones.
  private static let steps = 3

  /// Validated and resolved.
  package var configuration: TrainingConfiguration
  /// How long the parts of a step take.
  package let profile: ComputeProfile
  /// How ranks of several hosts exchange; nil: as training does.
  package var exchange: ExchangeKind?
  /// Whether the configured batch is that of one host, so that it grows with them.
  package let isWeak: Bool
  /// Samples of the training set; nil: not known.
  package let trainingSamples: Int?
  private let model: Model

  /// A planner.
  package init(
    _ configuration: TrainingConfiguration, _ model: Model, _ profile: ComputeProfile,
    exchange: ExchangeKind? = nil, isWeak: Bool = false, trainingSamples: Int? = nil
  ) {
    self.configuration = configuration
    self.model = model
    self.profile = profile
    self.exchange = exchange
    self.isWeak = isWeak
    self.trainingSamples = trainingSamples
  }

  /// The configuration of a run on so many hosts.
  func configuration(hosts: Int) -> TrainingConfiguration {
    var result = configuration
    if isWeak { result.train.globalBatchSize *= hosts }
    return result
  }

  /// How ranks exchange.
  package var exchangeKind: ExchangeKind {
    exchange ?? .used(by: configuration)
  }

  /// The training on `cluster`, without a comparison with one host.
  package func predict(_ cluster: Cluster) -> PredictedRun {
    let configuration = configuration(hosts: cluster.hosts)
    let times = stepTimes(cluster)
    let worker = busiest(configuration, cluster)
    let loader =
      Double(worker * configuration.train.microBatchSize) * (profile.loaderSecondsPerSample ?? 0)
    let step = max(times.step, loader)
    let memory = memory(configuration, cluster)
    let files = CheckpointTensor.fileBytes(of: configuration, model.layout).values.reduce(0, +)
    let hours = steps(configuration).map { Double($0) * step / 3_600 }
    return PredictedRun(
      hosts: cluster.hosts, ranks: cluster.ranks, threads: cluster.threads,
      globalBatchSize: configuration.train.globalBatchSize, microBatchesPerWorker: worker,
      stepSeconds: step,
      samplesPerSecond: Double(configuration.train.globalBatchSize) / step,
      computeSeconds: times.compute, exposedSeconds: times.exposed, buckets: times.buckets,
      sentBytesPerHost: times.sentBytes, messagesPerHost: times.sentMessages,
      memoryBytesPerRank: memory.rank, memoryBytesPerHost: memory.host, checkpointBytes: files,
      checkpointSeconds: checkpointSeconds(bytes: files, configuration, cluster),
      steps: steps(configuration), hours: hours,
      coreHours: hours.map { $0 * Double(cluster.hosts * cluster.cores) },
      limit: limit(times, loader: loader, memory: memory.host, configuration, cluster))
  }

  /// The messages of one step from its begin on, as a file; see ``MessageTrace``.
  package func trace(_ cluster: Cluster) -> Data {
    var simulation = simulation(cluster, steps: 1, traces: true)
    _ = simulation.run()
    let rounds = simulation.roundsAtOnce
    return simulation.trace?.file(
      end: simulation.lastArrival, exchangeLimit: CommunicationThread.exchangeLimit,
      roundsAtOnce: rounds < .max ? rounds : nil) ?? Data()
  }
}

// MARK: Steps

extension Planner {
  /// What a simulated step takes.
  struct StepTimes: Sendable, Equatable {
    let step: Double
    let compute: Double
    let exposed: Double
    let buckets: Int
    let sentBytes: Int
    let sentMessages: Int
  }

  /// A step in the midst of training.
  func stepTimes(_ cluster: Cluster, isFolded: Bool? = nil) -> StepTimes {
    var simulation = simulation(cluster, steps: Self.steps, isFolded: isFolded)
    let program = simulation.busiestProgram
    let ends = simulation.run()
    return StepTimes(
      step: ends[Self.steps - 1].time - ends[Self.steps - 2].time,
      compute: program.computeSeconds, exposed: ends[Self.steps - 1].exposed,
      buckets: program.shares.count, sentBytes: program.shares.reduce(0) { $0 + $1.sentBytes },
      sentMessages: program.shares.reduce(0) { $0 + $1.sentMessages })
  }

  /// A simulation; `isFolded` asks for one host in place of all, or for all of them.
  private func simulation(
    _ cluster: Cluster, steps: Int, isFolded: Bool? = nil, traces: Bool = false
  ) -> StepSimulation {
    let configuration = configuration(hosts: cluster.hosts)
    let schedule = ExchangeSchedule(
      model.layout.gradientCount, configuration, cluster, exchangeKind)
    let counts = Coordinator.evenly(configuration.microBatches, over: cluster.workers).map(\.count)
    let workers = cluster.ranks * cluster.threads
    let busiest = (0..<cluster.hosts).map { host in
      counts[host * workers..<(host + 1) * workers].max() ?? 0
    }
    let folds =
      isFolded ?? (traces && schedule.isSymmetric || cluster.hosts > Self.mostHosts)
      && cluster.hosts > 1
    // Rounds have to be seen one by one; where there are any, messages are long and few.
    let joins = folds && !traces && schedule.roundsAtOnce == .max
    func program(_ host: Int) -> HostProgram {
      let shares = schedule.buckets.indices.map {
        schedule.share(
          of: $0, host: host, isMean: folds,
          mostMessages: joins ? Self.mostMessages : .max)
      }
      let times = WorkerTimes(
        microBatches: busiest[host], profile, model, configuration.train)
      return HostProgram(
        times, microBatches: busiest[host], shares: shares, buckets: schedule.buckets, profile,
        cluster)
    }
    let first = busiest.indices.max { busiest[$0] < busiest[$1] } ?? 0
    let bytes = statisticsBytes(configuration, cluster)
    return StepSimulation(
      folds ? [program(first)] : (0..<cluster.hosts).map(program), cluster, profile,
      agreementSeconds: cluster.agreementSeconds(planBytes: Double(8 * (9 + cluster.workers))),
      statisticsSeconds: cluster.gatherSeconds(bytes: bytes), roundsAtOnce: schedule.roundsAtOnce,
      steps: steps, traces: traces)
  }

  /// What all ranks tell each other behind the gradients: sums of squares, results of micro-batches, their own reports.
  private func statisticsBytes(
    _ configuration: TrainingConfiguration, _ cluster: Cluster
  ) -> Double {
    let blocks = model.layout.gradientCount / GradientBuckets.blockLength + 1
    let reports = cluster.hosts * cluster.ranks * (cluster.threads + 4)
    return Double(8 * (blocks + reports + 5 * configuration.microBatches))
  }

  /// The micro-batches of the worker that has most.
  private func busiest(_ configuration: TrainingConfiguration, _ cluster: Cluster) -> Int {
    (configuration.microBatches + cluster.workers - 1) / cluster.workers
  }
}

// MARK: The run

extension Planner {
  /// What would have to be better first.
  private func limit(
    _ times: StepTimes, loader: Double, memory: Int, _ configuration: TrainingConfiguration,
    _ cluster: Cluster
  ) -> String {
    if let most = cluster.memoryBytes, Double(memory) > most { return "memory" }
    if loader > times.step { return "loader" }
    if configuration.microBatches < cluster.workers { return "work" }
    if times.exposed < 0.05 * times.step || cluster.hosts == 1 { return "compute" }
    var (wide, near) = (cluster, cluster)
    wide.bytesPerSecond = .infinity
    near.latency = 0
    return stepTimes(wide).step <= stepTimes(near).step ? "bandwidth" : "latency"
  }

  /// The peak of a rank's memory, and of all ranks of a host.
  private func memory(
    _ configuration: TrainingConfiguration, _ cluster: Cluster
  ) -> (rank: Int, host: Int) {
    let ranks = cluster.hosts * cluster.ranks
    let isByHosts = exchangeKind == .hosts
    let estimate = MemoryEstimate(
      configuration, model, ranks: ranks, sharesMemory: isByHosts && cluster.ranks > 1,
      ranksOfHosts: isByHosts ? Array(repeating: cluster.ranks, count: cluster.hosts) : nil,
      dataBytes: 0)
    return (estimate.peak, estimate.onHost(ranks: cluster.ranks))
  }

  /// Seconds until a checkpoint is written: what other hosts own travels while rank zero writes.
  private func checkpointSeconds(
    bytes: Int, _ configuration: TrainingConfiguration, _ cluster: Cluster
  ) -> Double {
    let groups = CheckpointTensor.all(of: configuration).count
    let elsewhere =
      Double(groups * model.layout.gradientCount * MemoryLayout<Float>.stride)
      * Double(cluster.hosts - 1) / Double(cluster.hosts)
    return max(Double(bytes) / cluster.diskBytesPerSecond, elsewhere / cluster.bytesPerSecond)
  }

  /// Steps of the whole run; nil if the training set is not known, or smaller than a batch.
  private func steps(_ configuration: TrainingConfiguration) -> Int? {
    let train = configuration.train
    if train.steps > 0 { return train.steps }
    let stepsPerEpoch = (trainingSamples ?? 0) / train.globalBatchSize
    return stepsPerEpoch > 0 ? train.epochs * stepsPerEpoch : nil
  }
}
