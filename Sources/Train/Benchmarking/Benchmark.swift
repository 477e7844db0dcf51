public import Comm
internal import Datasets
internal import Foundation
internal import Kernels
internal import Model

/// The speed of training, measured on real steps, beside the speed of matrix products alone.
public struct Benchmark: Sendable, Encodable {
  /// Samples that all workers together train on in a second, by the median step.
  public let samplesPerSecond: Double
  /// The best rate of one thread's products over the model's shapes, 10⁹ operations a second.
  public let gemmPeakGflops: Double
  /// The shape that reached it: rows × columns × terms.
  public let gemmPeakShape: String
  /// What the products alone would take at that rate on every worker, as a share of the time.
  public let gemmShare: Double
  /// Samples that one worker's loader makes in a second while nothing computes; of rank zero.
  public let loaderSamplesPerSecond: Double
  /// The largest peak resident set of any rank.
  public let peakMemoryBytes: Int
  /// The median over the measured steps.
  public let stepSeconds: Double
  /// The fastest of them.
  public let fastestStepSeconds: Double
  /// Steps measured.
  public let steps: Int
  /// Steps before those, not measured.
  public let warmupSteps: Int
  /// Samples a step.
  public let batch: Int
  /// Samples a worker computes at once.
  public let microBatch: Int
  /// Numbers that are learned.
  public let parameters: Int
  /// Multiplications with addition of one image's forward pass.
  public let multiplyAdds: Int
  /// Where the images came from: `synthetic` or `configured`.
  public let data: String
  /// Processes.
  public let ranks: Int
  /// Workers in each.
  public let threads: Int
  /// What the blocks compute with.
  public let precision: String
  /// The core that BLAS chose its kernels for.
  public let blasCore: String

  /// Measures `steps` training steps after `warmupSteps` others.
  ///
  /// Every rank calls it.
  /// The steps are those of a run: prefetched batches, micro-batches, exchange, clipping, update.
  /// No run directory is made and nothing is kept.
  ///
  /// - Parameters:
  ///   - configuration: validated; its own number of steps does not count.
  ///   - usesSyntheticData: random images even where the configured data are there.
  ///   - steps: at least 1.
  ///   - warmupSteps: at least 0.
  ///   - communication: the ranks.
  /// - Throws: ``StartError`` where the start fails or a signal asks to stop; else what a step throws.
  public init(
    _ configuration: TrainingConfiguration, usesSyntheticData: Bool, steps: Int, warmupSteps: Int,
    _ communication: CommunicationThread
  ) throws {
    Signals.listen()
    let configuration = configuration.onThisProcessor.forBenchmark(steps: warmupSteps + steps)
    let isSynthetic = usesSyntheticData || !configuration.hasItsData
    let parts = try TrainingRun.prepare(configuration, TrainingOptions(), communication) {
      isSynthetic ? try TrainingInputs(synthetic: $0) : try TrainingInputs($0)
    }
    let train = configuration.train
    let peak = try Self.peak(parts)
    let cost = ModelCost(parts.model)
    blasCore = parts.description.cpu
    loaderSamplesPerSecond = try Self.loaderRate(parts)
    let durations = try Self.measure(consume parts).dropFirst(warmupSteps).sorted()

    ranks = communication.size
    threads = train.threads
    precision = train.precision.rawValue
    batch = train.globalBatchSize
    microBatch = train.microBatchSize
    self.steps = steps
    self.warmupSteps = warmupSteps
    stepSeconds = (durations[(steps - 1) / 2] + durations[steps / 2]) / 2
    fastestStepSeconds = durations[0]
    samplesPerSecond = Double(batch) / stepSeconds
    gemmPeakGflops = peak.gigaflops
    gemmPeakShape = "\(peak.product.rows)×\(peak.product.columns)×\(peak.product.terms)"
    gemmShare =
      6 * Double(cost.multiplyAdds) * samplesPerSecond
      / (Double(ranks * threads) * peak.gigaflops * 1e9)
    parameters = cost.parameters
    multiplyAdds = cost.multiplyAdds
    data = isSynthetic ? "synthetic" : "configured"
    peakMemoryBytes = try communication.perform { communicator in
      var peak = [Int64(try PeakMemory.bytes())]
      var span = peak.mutableSpan
      try communicator.allReduce(&span, .max)
      return Int(peak[0])
    }
  }

  /// Rank zero's peak, as the others wait: workers that measured at once would share caches.
  private static func peak(_ parts: TrainingParts) throws -> GemmPeak {
    let train = parts.configuration.train
    let products = parts.model.blockProducts(
      microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    let own = parts.communication.rank == 0 ? GemmPeak(products, train.precision) : nil
    return try parts.communication.perform { communicator in
      let shape = own.flatMap { products.firstIndex(of: $0.product) } ?? 0
      var words = [own?.gigaflops ?? 0, Double(shape)]
      var span = words.mutableSpan
      try communicator.broadcast(&span, from: 0)
      return GemmPeak(gigaflops: words[0], product: products[Int(words[1])])
    }
  }

  /// The rate of rank zero's loader, as the others wait.
  private static func loaderRate(_ parts: TrainingParts) throws -> Double {
    let own =
      parts.communication.rank == 0
      ? try LoaderRate(parts.configuration, parts.trainingSet).samplesPerSecond : 0
    return try parts.communication.perform { communicator in
      var words = [own]
      var span = words.mutableSpan
      try communicator.broadcast(&span, from: 0)
      return words[0]
    }
  }

  /// The seconds of every step.
  private static func measure(_ parts: consuming TrainingParts) throws -> [Double] {
    parts.model.initializeWeights(parts.weights, seed: parts.configuration.seed)
    parts.optimizer.startAverage(from: parts.weights)
    let saver = TrainingRun.silentSaver(parts)
    let trainer = try Trainer(
      consume parts, progress: TrainingProgress(), saver: saver,
      report: Report(metrics: nil, display: nil))
    var durations: [Double] = []
    var next = try trainer.firstPlan()
    while let plan = next {
      let started = ContinuousClock.now
      guard let step = try trainer.takeStep(plan) else {
        throw StartError("the benchmark was asked to stop", exitCode: 75)
      }
      durations.append(started.duration(to: .now).seconds)
      next = step.next
    }
    return durations
  }
}

extension TrainingConfiguration {
  /// The same work for `steps` steps, and nothing beside them.
  fileprivate func forBenchmark(steps: Int) -> TrainingConfiguration {
    var result = self
    result.train.steps = steps
    result.train.recordDigests = false
    return result
  }

  /// Whether all files of the data are there; the digits are always.
  fileprivate var hasItsData: Bool {
    (data.train + data.test).allSatisfy { FileManager.default.fileExists(atPath: $0) }
  }
}

extension TrainingInputs {
  /// The model, and random images for a few steps.
  fileprivate init(synthetic configuration: TrainingConfiguration) throws {
    let sizes = configuration.model
    let source = SyntheticSource(
      count: 4 * configuration.train.globalBatchSize,
      imageShape: ImageShape(
        channels: sizes.channels, rows: sizes.imageSize[0], columns: sizes.imageSize[1]),
      classCount: sizes.numClasses)
    self.init(
      model: try Model(sizes, precision: configuration.train.precision), trainingSet: source,
      testSet: source)
  }
}
