package import Comm
package import Configuration
package import Datasets
package import Hardware
package import Kernels
import Memory
package import Model
package import Optimization
package import Planning
package import Reduction
package import Supervision

/// The model and the data that a configuration names.
package struct TrainingInputs {
  package let model: Model
  package let trainingSet: any SampleSource
  package let testSet: any SampleSource

  /// A model with data that fit it.
  package init(model: Model, trainingSet: any SampleSource, testSet: any SampleSource) {
    self.model = model
    self.trainingSet = trainingSet
    self.testSet = testSet
  }
}

extension TrainingInputs {
  /// Opens both sets and checks that they fit the model.
  package init(_ configuration: TrainingConfiguration) throws {
    model = try configuration.makeModel()
    (trainingSet, testSet) = try configuration.task.openBoth()
  }
}

/// The parts of a run, once the configuration is checked and the data are open.
package struct TrainingParts {
  package let configuration: TrainingConfiguration
  package let options: TrainingOptions
  package let communication: CommunicationThread
  package let model: Model
  package let trainingSet: any SampleSource
  package let testSet: any SampleSource
  package let coordinator: Coordinator
  package let gradientBuckets: GradientBuckets
  /// The weights to train on: this rank's own, or those that all ranks of its host share.
  ///
  /// They are filled by way of ``makeRoomForWeights()``.
  package let weights: FloatBuffer
  /// Memory that the ranks of this host share, if they can and should; on all hosts or on none.
  package let shared: SharedBuffers?
  package let optimizer: ShardedOptimizer
  package let description: RunDescription
  /// What this rank does, and the faults injected into it.
  package let activity: RankActivity
  /// Who computes how many micro-batches.
  package let balance: WorkBalance

  /// Allocates weights and the optimizer's state.
  package init(
    configuration: TrainingConfiguration, options: TrainingOptions,
    communication: CommunicationThread, model: Model, trainingSet: any SampleSource,
    testSet: any SampleSource, activity: RankActivity
  ) throws {
    self.configuration = configuration
    self.options = options
    self.communication = communication
    self.model = model
    self.trainingSet = trainingSet
    self.testSet = testSet
    self.activity = activity
    coordinator = try Coordinator(
      configuration: configuration, trainingSamples: trainingSet.count,
      workers: communication.size * configuration.train.threads, stopAfter: options.stopAfter)
    let hosts = try communication.hosts(apart: configuration.wantsSharedMemory)
    gradientBuckets = GradientBuckets(
      count: model.layout.gradientCount, megabytes: configuration.train.bucketMB, hosts: hosts)
    shared =
      configuration.wantsSharedMemory
      ? try SharedBuffers.allocate(
        weightCount: model.layout.count, gradientCount: model.layout.gradientCount,
        held: MemoryEstimate.gradientsHeld(
          configuration, ranks: communication.size, atMost: configuration.movesWork),
        hosts: hosts, communication)
      : nil
    weights = shared?.weights ?? FloatBuffer(count: model.layout.count)
    optimizer = ShardedOptimizer(
      settings: configuration.optimizer, averageDecay: configuration.train.averageDecay,
      layout: model.layout, gradientBuckets: gradientBuckets, rank: communication.rank,
      threads: configuration.train.threads,
      sumsWeights: configuration.comparesReplicas(ranks: communication.size))
    let workers = communication.size * configuration.train.threads
    balance = WorkBalance(
      microBatches: configuration.microBatches, workers: workers,
      isEnabled: configuration.movesWork && configuration.microBatches >= workers)
    description = RunDescription(
      trainingDigest: trainingSet.digest, testDigest: testSet.digest,
      classNames: trainingSet.classNames,
      placement: try communication.placement(),
      machine: Machine.here(
        pictureLibraries: trainingSet.decodesPictures || testSet.decodesPictures
          ? PictureLibraries.versions : nil))
  }
}

extension TrainingConfiguration {
  /// Whether micro-batches may be moved away from slow workers: only if that changes no bit.
  var movesWork: Bool {
    train.balance && train.reduction == .ordered && train.wirePrecision == .fp32
  }

  /// Whether this many ranks look for weights that have changed without an update.
  func comparesReplicas(ranks: Int) -> Bool { ranks > 1 && train.replicaCheck != .off }

  /// Whether ranks on one host share memory; `MPI_Allreduce` has its own ways.
  package var wantsSharedMemory: Bool { train.reduction == .ordered && train.sharedMemory }
}

extension TrainingParts {
  /// Where this rank puts the weights before the first step.
  ///
  /// If the ranks of a host share the weights, its first rank fills them. What the others have read is
  /// compared with its weights, and the memory is freed.
  package func makeRoomForWeights() -> FloatBuffer {
    (shared?.place ?? 0) == 0 ? weights : FloatBuffer(count: weights.count)
  }

  /// The ranks that share each copy of the weights.
  private var copies: HostRanks {
    shared == nil
      ? HostRanks(counts: Array(repeating: 1, count: communication.size)) : gradientBuckets.hosts
  }

  /// How many ranks are on each host, where that decides who owns what.
  package var ranksOfHosts: [Int] { gradientBuckets.hosts.ranges.map(\.count) }

  /// Whether gradients travel in messages.
  var sendsGradients: Bool {
    communication.size > 1 && (shared == nil || gradientBuckets.hosts.count > 1)
  }

  /// Waits until the weights are those of all ranks of the host; collective.
  package func settleWeights() throws {
    guard let shared else { return }
    try communication.perform { try shared.memory.synchronize($0) }
  }

  /// How weights are compared between ranks; nil if they are not.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  func makeReplicaCheck() throws -> ReplicaCheck? {
    guard configuration.comparesReplicas(ranks: communication.size) else { return nil }
    return try ReplicaCheck(
      of: weights, gradientBuckets: gradientBuckets, frozen: model.layout.frozenRange,
      rank: communication.rank, copies: copies, threads: configuration.train.threads)
  }

  /// What computes this rank's part of a gradient, in buffers of `pool`.
  func makeComputation(
    by workers: Workers, _ pool: GradientPool
  ) -> any GradientComputation {
    if let seconds = options.pretendedSeconds {
      return PretendedWorkers(workers, pool, secondsPerMicroBatch: seconds)
    }
    return activity.damagesWorkers ? DamagedWorkers(workers, activity) : workers
  }

  /// How the ranks' gradients become one.
  func makeReduction() -> any GradientReduction {
    let reduction = makeFaultlessReduction()
    return activity.poisonsGradients
      ? PoisonedReduction(reduction, of: gradientBuckets, activity) : reduction
  }

  private func makeFaultlessReduction() -> any GradientReduction {
    if communication.size == 1 { return LocalReduction() }
    let rounds = configuration.train.wirePrecision == .bf16
    return switch (configuration.train.reduction, shared) {
    case (.mpi, _): PlainReduction(gradientBuckets: gradientBuckets)
    case (.ordered, nil):
      OrderedReduction(gradientBuckets: gradientBuckets, roundsMessages: rounds)
    case (.ordered, let shared?):
      shared.reduction(of: gradientBuckets, rank: communication.rank, roundsMessages: rounds)
    }
  }
}

/// What is said of a run at its start and kept in its checkpoints.
package struct RunDescription: Sendable {
  /// The digest of the training data.
  package let trainingDigest: String
  /// The digest of the test data.
  let testDigest: String
  /// The names of the classes, where the training data have them.
  let classNames: [String]?
  /// Where the ranks are.
  let placement: Placement
  /// What computes it; the same on all ranks.
  package let machine: Machine
}
