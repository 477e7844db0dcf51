public import Comm
public import Configuration
import Datasets
import Doctor
import Files
import Foundation
import Hardware
import Kernels
import Mathematics
import Model
import Profiling
import Saving
import Scaling
import Supervision
import Train

/// The speed of training, measured on real steps, beside the speed of matrix products alone.
public struct Benchmark: Sendable, Encodable {
  /// Samples that all workers together train on in a second, by the median step.
  public let samplesPerSecond: Double
  /// The same in tokens: patches of images, or tokens of text.
  public let tokensPerSecond: Double
  /// What a sample is: an image or a sequence.
  public let sample: String
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
  /// Samples that one worker's loader makes in a second while nothing computes; of rank zero.
  public let loaderSamplesPerSecond: Double
  /// The share of a core that a loader of such a rate takes beside one worker at the speed above.
  public let loaderShare: Double
  /// The largest peak resident set of any rank.
  public let peakMemoryBytes: Int
  /// The median over the measured steps.
  public let stepSeconds: Double
  /// The fastest of them.
  public let fastestStepSeconds: Double
  /// What the time of these steps went to.
  public let phases: PhaseTimes
  /// What a checkpoint costs, the first and a later one; empty if none was asked for.
  public let checkpoints: [MeasuredCheckpoint]
  /// SHA-256 of the weights after all steps.
  ///
  /// Without checkpoints, whose end no plan foresees, the same as after as many steps of a run.
  public let weightsSha256: String
  /// Steps measured.
  public let steps: Int
  /// Steps before those, not measured.
  public let warmupSteps: Int
  /// Samples a step.
  public let batch: Int
  /// Samples a worker computes at once.
  public let microBatch: Int
  /// The number of parameters.
  public let parameters: Int
  /// Those of them that are learned: all but those of frozen tensors.
  public let trainableParameters: Int
  /// Multiplications with addition of one sample's forward pass.
  public let multiplyAdds: Int
  /// Multiplications with addition of one sample's forward and backward pass.
  public let trainingMultiplyAdds: Int
  /// Where the samples came from: `synthetic` or `configured`.
  public let data: String
  /// Processes.
  public let ranks: Int
  /// Workers in each.
  public let threads: Int
  /// What the blocks compute with.
  public let precision: String
  /// The core that BLAS chose its kernels for.
  public let blasCore: String
  /// oneDNN's version and the instruction set of its kernels, such as "oneDNN 2.6.3 (isa 231)".
  public let onednn: String

  /// Measures `steps` training steps after `warmupSteps` others.
  ///
  /// Every rank calls it.
  /// The steps are those of a run: prefetched batches, micro-batches, exchange, clipping, update.
  /// No run directory is made and nothing is kept.
  ///
  /// - Parameters:
  ///   - configuration: validated; its own number of steps does not count.
  ///   - options: what is measured and for how long.
  ///   - communication: the ranks.
  /// - Throws: ``CommandError`` if the start fails or a signal asks to stop; else what a step throws.
  public init(
    _ configuration: TrainingConfiguration, _ options: BenchmarkOptions,
    _ communication: CommunicationThread
  ) throws {
    Signals.listen()
    let usable = configuration.resolved()
    if !usable.hasPrecision(of: configuration) && communication.rank == 0 {
      StandardError.write(TrainingConfiguration.precisionWarning)
    }
    if communication.rank == 0 {
      StartWarnings.ofKernels(for: usable)
        .forEach(StandardError.write)
    }
    let configuration = usable.forBenchmark(options)
    let isSynthetic = options.usesSyntheticData || !configuration.hasItsData
    let files = try BenchmarkFiles(options, communication)
    let profile = RankProfile(workers: configuration.train.threads)
    let (parts, trainer, peaks, loaderRate) = try Self.prepare(
      configuration, options, isSynthetic: isSynthetic, files, profile, communication)
    loaderSamplesPerSecond = loaderRate.samplesPerSecond
    let measured = try MeasuredSteps(trainer, profile, options)
    let train = configuration.train
    let peak = peaks.best(in: train.precision)
    let cost = ModelCost(trainer.model)

    ranks = communication.size
    threads = train.threads
    precision = train.precision.rawValue
    batch = train.globalBatchSize
    microBatch = train.microBatchSize
    steps = options.steps
    warmupSteps = options.warmupSteps
    stepSeconds = measured.durations.median
    fastestStepSeconds = measured.durations.reduce(.infinity, min)
    samplesPerSecond = Double(batch) / stepSeconds
    loaderShare =
      samplesPerSecond / Double(ranks * threads) / loaderRate.samplesPerSecond
    tokensPerSecond = samplesPerSecond * Double(trainer.model.configuration.tokens)
    sample = configuration.task.sample
    gemmPeaks = peaks
    gemmPeakGflops = peak.gflops
    gemmPeakLibrary = peak.library
    gemmPeakShape = peak.shape
    gemmShare =
      2 * Double(cost.trainingMultiplyAdds) * samplesPerSecond
      / (Double(ranks * threads) * peak.gflops * 1e9)
    phases = try PhaseTimes(measured, cost, batch: batch, communication)
    checkpoints = measured.checkpoints
    weightsSha256 = trainer.model.layout.digest(of: measured.weights)
    parameters = cost.parameters
    trainableParameters = cost.trainableParameters
    multiplyAdds = cost.multiplyAdds
    trainingMultiplyAdds = cost.trainingMultiplyAdds
    data = isSynthetic ? "synthetic" : "configured"
    blasCore = trainer.description.machine.core
    onednn = BLAS.oneDNN
    peakMemoryBytes = try PeakMemory.bytes(communication)
    try files.writeTrace(measured.reading, communication)
    if options.profile != nil {
      let rate = loaderRate.samplesPerSecond
      try files.writeProfile(
        try ComputeProfile(
          parts, trainer, phases, loaderRate: rate, gigaflops: gemmPeakGflops), communication)
    }
  }
}

extension Benchmark {
  /// A run before its first step, and what is measured before there is one.
  private static func prepare(
    _ configuration: TrainingConfiguration, _ options: BenchmarkOptions, isSynthetic: Bool,
    _ files: BenchmarkFiles, _ profile: RankProfile, _ communication: CommunicationThread
  ) throws -> (TrainingParts, Trainer, [GemmPeak], LoaderRate) {
    var training = TrainingOptions()
    training.pretendedSeconds = options.pretendedSeconds
    let parts = try TrainingRun.prepare(configuration, training, communication) {
      isSynthetic ? try TrainingInputs(synthetic: $0) : try TrainingInputs($0)
    }
    let peaks = try GemmPeak.measure(parts)
    let loaderRate = try LoaderRate(parts)
    _ = try TrainingRun.begin(parts, in: parts.makeRoomForWeights())
    try parts.settleWeights()
    let saver = TrainingRun.saver(parts, files.store, reporting: StandardError.write)
    let trainer = try Trainer(
      parts, progress: TrainingProgress.beginning, saver: saver,
      report: Report(metrics: nil, display: nil), profile: profile)
    return (parts, trainer, peaks, loaderRate)
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
  /// The same work for as many steps as are measured, and nothing beside them.
  fileprivate func forBenchmark(_ options: BenchmarkOptions) -> TrainingConfiguration {
    var result = self
    result.train.steps = options.warmupSteps + options.steps
    // Training continues until the checkpoint is written, however long that takes.
    if options.checkpointDirectory != nil { result.train.steps += 1_000_000 }
    result.train.recordDigests = false
    return result
  }

  /// Whether all files of the data are there; the digits are always.
  fileprivate var hasItsData: Bool {
    (data.train + data.test).allSatisfy(TarPath.isThere)
  }
}

extension TrainingInputs {
  /// The model, and random samples for a few steps.
  fileprivate init(synthetic configuration: TrainingConfiguration) throws {
    let source = configuration.task.synthetic(count: 4 * configuration.train.globalBatchSize)
    self.init(
      model: try configuration.makeModel(), trainingSet: source, testSet: source)
  }
}

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
  /// Where the times of layers go that `plan` reads, if they are wanted.
  public var profile: String?
  /// Seconds that workers wait for each micro-batch in place of computing it, if they are to wait.
  public var pretendedSeconds: Double?

  /// The defaults.
  public init() {}
}
