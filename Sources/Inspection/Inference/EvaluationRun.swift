import Checkpoints
public import Comm
import Configuration
public import Datasets
import Faults
import Files
import Foundation
import Kernels
import Mathematics
import Model
import Platform
import Reduction
import Supervision
import Threading
import Train

/// The evaluation of given weights on a data set, for people and programs.
public struct EvaluationRun: Sendable, Encodable {
  /// The file of the weights.
  public let weights: String
  /// Which weights of a checkpoint they are: `weights` or `averaged_weights`.
  public let weightsKind: String
  /// The digest of the weights.
  public let weightsSha256: String
  /// Steps of training that made them, if a checkpoint tells.
  public let step: Int?
  /// The part of the data.
  public let split: DatasetSplit
  /// The digest of its content.
  public let datasetSha256: String
  /// Mean cross-entropy in nats.
  public let loss: Double
  /// Share of labels that were found, 0 to 1: classes of images, or hidden tokens.
  public let accuracy: Double
  /// Share of labels that were among the five most probable; nil below six classes.
  public let accuracyTop5: Double?
  /// Of text: e to the power of the loss.
  public let perplexity: Double?
  /// Of text: the hidden tokens.
  public let predictions: Int?
  /// Of text: the share that a model finds which always says the most frequent of them.
  public let unigramAccuracy: Double?
  /// The same for the five most frequent.
  public let unigramAccuracyTop5: Double?
  /// Samples, each counted once.
  public let samples: Int
  /// Ranks that took part.
  public let ranks: Int
  /// Workers in each rank.
  public let threads: Int
  /// The time of the evaluation without reading.
  public let seconds: Double

  /// Runs every sample of `split` once through the network, on all workers of all ranks.
  ///
  /// Every rank calls it. Loss and accuracies are the same for any number of workers.
  ///
  /// - Parameters:
  ///   - trained: the same weights on every rank.
  ///   - split: which set of the configuration.
  ///   - communication: the ranks.
  ///   - progress: receives the share that is done of this rank's part, from any thread.
  /// - Throws: ``CommandError`` on all ranks alike; any other error is one rank's own.
  public init(
    _ trained: TrainedModel, on split: DatasetSplit, _ communication: CommunicationThread,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) throws {
    let configuration = trained.configuration
    try StartAgreement.agree(
      on: Result { try BLAS.prepare(workers: configuration.train.threads) }, communication)
    try Watchdog.start(
      communication.heartbeats, WatchLimits(configuration, ranks: communication.size),
      recovery: "evaluate again"
    ) { StandardError.write($0) }
    let faults = try StartAgreement.agree(
      on: Result { try RankActivity.injectedFaults() }, communication)
    if communication.rank == 0 {
      if let warning = RankActivity.warning { StandardError.write(warning) }
      trained.kernelWarnings.forEach(StandardError.write)
    }
    let source = try StartAgreement.agree(
      on: Result { try configuration.task.open(split) }, communication)
    let digest = trained.weightsDigest
    try StartAgreement.check(
      .success(
        [
          .precision(of: configuration), .products(of: configuration),
          StartInvariant("weights file", digest, files: [trained.weightsPath]),
          StartInvariant("\(split) set", source.digest, files: configuration.data.files(of: split)),
        ] + StartInvariant.machine(of: configuration)
          + StartInvariant.exchangeKeys(of: configuration)),
      communication)
    let activity = RankActivity(
      communication.heartbeats, rank: communication.rank, faults: faults)
    try activity.enter(.start)
    let workers = try Workers(
      configuration: configuration, model: trained.model, trainingSet: source,
      rank: communication.rank, pool: GradientPool(count: trained.model.layout.gradientCount),
      observer: StepObserver(profile: nil, activity: activity))
    let evaluator = Evaluator(
      communication: communication, workers: workers, threads: configuration.train.threads,
      microBatchSize: configuration.train.microBatchSize)
    let started = ContinuousClock.now
    let watched = WatchedSource(source, ranks: communication.size, progress: progress)
    guard let evaluation = try evaluator.evaluate(watched, weights: trained.weights) else {
      throw CommandError("the evaluation was asked to stop", exitCode: .stopped)
    }
    guard evaluation.loss.isFinite else {
      throw CommandError(
        "\(trained.weightsPath): the loss is not finite; these weights are of no use",
        exitCode: .internalError)
    }
    seconds = started.duration(to: .now).seconds
    // What follows concerns rank zero alone, and nobody waits for it but at the end.
    try activity.enter(.finish)
    weights = trained.weightsPath
    weightsKind = trained.kind.rawValue
    weightsSha256 = digest
    step = trained.step
    self.split = split
    datasetSha256 = source.digest
    loss = evaluation.loss
    accuracy = evaluation.accuracy
    accuracyTop5 = configuration.model.hasTop5 ? evaluation.accuracyTop5 : nil
    let task = configuration.task
    perplexity = task.metrics(loss: evaluation.loss).first { $0.name == "perplexity" }?.value
    predictions = task.countsPredictions ? evaluation.labels : nil
    // Rank zero alone tells the result.
    let baseline =
      task.hasUnigramBaseline && communication.rank == 0
      ? try UnigramBaseline(source, configuration) : nil
    unigramAccuracy = baseline?.accuracy
    unigramAccuracyTop5 = baseline?.accuracyTop5
    samples = evaluation.samples
    ranks = communication.size
    threads = configuration.train.threads
  }
}
