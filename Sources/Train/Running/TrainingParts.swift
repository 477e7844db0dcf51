internal import Comm
internal import Datasets
internal import Kernels
internal import Model

/// What a run is made of, once the configuration is checked and the data are open.
struct TrainingParts {
  let configuration: TrainingConfiguration
  let options: TrainingOptions
  let communication: CommunicationThread
  let model: Model
  let trainingSet: any SampleSource
  let testSet: any SampleSource
  let coordinator: Coordinator
  let gradientBuckets: GradientBuckets
  let weights: FloatBuffer
  let optimizer: ShardedAdamW
  let description: RunDescription

  /// Allocates weights and moments.
  init(
    configuration: TrainingConfiguration, options: TrainingOptions,
    communication: CommunicationThread, model: Model, trainingSet: any SampleSource,
    testSet: any SampleSource
  ) throws {
    self.configuration = configuration
    self.options = options
    self.communication = communication
    self.model = model
    self.trainingSet = trainingSet
    self.testSet = testSet
    coordinator = try Coordinator(
      configuration: configuration, trainingSamples: trainingSet.count,
      workers: communication.size * configuration.train.threads, stopAfter: options.stopAfter)
    gradientBuckets = GradientBuckets(
      count: model.layout.count, megabytes: configuration.train.bucketMB, ranks: communication.size)
    weights = FloatBuffer(count: model.layout.count)
    optimizer = ShardedAdamW(
      settings: configuration.optimizer, averageDecay: configuration.train.emaDecay,
      layout: model.layout, gradientBuckets: gradientBuckets, rank: communication.rank,
      threads: configuration.train.threads)
    description = RunDescription(
      trainingDigest: trainingSet.digest, testDigest: testSet.digest,
      placement: try communication.placement())
  }
}

extension GradientBuckets {
  /// Cuts `count` floats into buckets of `megabytes` · 10⁶ bytes.
  init(count: Int, megabytes: Double, ranks: Int) {
    self.init(
      count: count, bucketElements: Int(megabytes * 1e6) / MemoryLayout<Float>.stride, ranks: ranks)
  }
}
