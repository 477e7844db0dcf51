public import Comm
internal import Datasets
internal import Foundation
internal import Model

/// The speed of training, measured on real steps, beside the speed of matrix products alone.
public struct Benchmark: Sendable, Encodable {
  /// Samples that all workers together train on in a second, by the median step.
  public let samplesPerSecond: Double
  /// What each linked library reaches on the model's shapes, in each precision.
  public let gemmPeaks: [GemmPeak]
  /// The best of them in the precision of the run: 10⁹ operations a second of one thread.
  public let gemmPeakGflops: Double
  /// The library that reached it.
  public let gemmPeakLibrary: String
  /// The shape that reached it: see ``GemmPeak/Rate/shape``.
  public let gemmPeakShape: String
  /// What the products alone would take at that rate on every worker, as a share of the time.
  ///
  /// Products that are computed again do not count.
  public let gemmShare: Double
  /// The largest peak resident set of any rank.
  public let peakMemoryBytes: Int
  /// The median over the measured steps.
  public let stepSeconds: Double
  /// The fastest of them.
  public let fastestStepSeconds: Double
  /// What the time of these steps went to.
  public let phases: PhaseTimes
  /// SHA-256 of the weights after these steps, the same as after as many steps of a run.
  public let weightsSha256: String
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
    let peaks = try GemmPeak.measure(parts)
    let peak = peaks.best(in: train.precision)
    let measured = try MeasuredSteps(parts, steps: steps, warmupSteps: warmupSteps)
    let durations = measured.durations.sorted()
    let cost = ModelCost(parts.model)

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
    gemmPeaks = peaks
    gemmPeakGflops = peak.gflops
    gemmPeakLibrary = peak.library
    gemmPeakShape = peak.shape
    gemmShare =
      6 * Double(cost.multiplyAdds) * samplesPerSecond
      / (Double(ranks * threads) * peak.gflops * 1e9)
    phases = try PhaseTimes(measured, parts)
    weightsSha256 = parts.model.layout.digest(of: measured.weights)
    parameters = cost.parameters
    multiplyAdds = cost.multiplyAdds
    data = isSynthetic ? "synthetic" : "configured"
    blasCore = parts.description.cpu
    peakMemoryBytes = try communication.perform { communicator in
      var peak = [Int64(try PeakMemory.bytes())]
      var span = peak.mutableSpan
      try communicator.allReduce(&span, .max)
      return Int(peak[0])
    }
  }
}

extension [GemmPeak] {
  /// The highest of those in `precision`, which this build multiplies.
  fileprivate func best(in precision: Precision) -> GemmPeak {
    let peaks = filter { $0.precision == precision.rawValue }
    guard let best = peaks.max(by: { $0.gflops < $1.gflops }) else {
      preconditionFailure("no library multiplies \(precision)")
    }
    return best
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
