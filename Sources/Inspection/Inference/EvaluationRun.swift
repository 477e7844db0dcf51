import Checkpoints
public import Comm
import Configuration
public import Datasets
import Faults
import Files
import Foundation
import Kernels
import Model
import Platform
import Reduction
package import Scoring
import Supervision
import Threading
import Train

/// The evaluation of given weights on a data set, for people and programs.
public struct EvaluationRun: Sendable {
  /// What was found.
  public let result: EvaluationResult
  /// Which class was taken for which, where samples have classes.
  package let confusion: ConfusionCounts?
  /// How sure the model was, where samples have classes.
  let calibration: Calibration?
  /// What was predicted of every sample: on rank zero, of spans, and of texts with classes where it was asked for.
  package let predictions: SetPredictions?
  /// (samples, scores) the logits in the order of the samples, where ``predictions`` of classes were asked for; on rank
  /// zero.
  let logits: [Float]

  /// Runs every sample of `split` once through the network, on all workers of all ranks.
  ///
  /// Every rank calls it. Every number but times is the same for any number of workers.
  ///
  /// - Parameters:
  ///   - trained: the same weights on every rank.
  ///   - split: which set of the configuration.
  ///   - communication: the ranks.
  ///   - keepsPredictions: whether ``predictions`` of texts with classes are wanted.
  ///   - noAnswerThreshold: no answer is given where the null odds exceed it; nil for 0. It needs questions without an
  ///     answer.
  ///   - progress: receives the share that is done of this rank's part, from any thread.
  /// - Throws: ``CommandError`` on all ranks alike; any other error is one rank's own.
  public init(
    _ trained: TrainedModel, on split: DatasetSplit, _ communication: CommunicationThread,
    keepsPredictions: Bool = false, noAnswerThreshold: Double? = nil,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) throws {
    let task = trained.configuration.task
    let digest = trained.weightsDigest
    let activity = try Self.startWatching(trained, communication)
    let source = try StartAgreement.agree(
      on: Result { try Self.open(split, for: trained) }, communication)
    try Self.checkAgreement(
      trained.configuration,
      on: [
        StartInvariant("weights file", digest, files: [trained.weightsPath]),
        StartInvariant(
          "\(split) set", source.digest, files: trained.configuration.data.files(of: split)),
      ] + StartInvariant.decoding(source), communication)
    let questions = try Self.questions(of: source, noAnswerThreshold, communication)
    try activity.enter(.start)
    let evaluator = try Self.evaluator(trained, source, activity, communication)
    let started = ContinuousClock.now
    let watched = WatchedSource(source, ranks: communication.size, progress: progress)
    guard
      let evaluation = try evaluator.evaluate(
        watched, weights: trained.weights, classes: task.classCount.map(ClassTally.init),
        keeping: Self.keptLogits(task.predictionFormat, keepsPredictions))
    else { throw CommandError("the evaluation was asked to stop", exitCode: .stopped) }
    guard evaluation.loss.isFinite else {
      throw CommandError(
        "\(trained.weightsPath): the loss is not finite; these weights are of no use",
        exitCode: .internalError)
    }
    let seconds = started.duration(to: .now).seconds
    // The rest concerns only rank zero; others wait for it only at the end.
    try activity.enter(.finish)
    let baseline =
      task.hasUnigramBaseline && communication.rank == 0
      ? try UnigramBaseline(source, trained.configuration) : nil
    let threshold = noAnswerThreshold ?? 0
    predictions = try Self.predictions(evaluation.kept, of: source, questions, threshold, trained)
    result = EvaluationResult(
      evaluation, of: trained, digest: digest, on: split, source,
      names: trained.knownClassNames ?? source.classNames, baseline,
      try predictions.flatMap { try AnswerResult($0, to: questions, threshold: threshold) },
      ranks: communication.size, seconds: seconds)
    confusion = evaluation.classes?.confusion
    calibration = evaluation.classes?.calibration
    logits = keepsPredictions && questions == nil ? evaluation.kept : []
  }

  /// Starts the watchdog and prints messages about kernels and faults.
  private static func startWatching(
    _ trained: TrainedModel, _ communication: CommunicationThread
  ) throws -> RankActivity {
    let configuration = trained.configuration
    let train = configuration.train
    try StartAgreement.agree(
      on: Result { try train.products.library.prepare(workers: train.threads) }, communication)
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
    return RankActivity(communication.heartbeats, rank: communication.rank, faults: faults)
  }

  /// The questions of a set of spans, on rank zero; nil elsewhere, and of other sets.
  ///
  /// - Throws: ``CommandError`` on all ranks: 65 where the questions are not those of the set, 64 where all have an
  ///   answer and a threshold was given.
  private static func questions(
    of source: any SampleSource, _ threshold: Double?, _ communication: CommunicationThread
  ) throws -> QuestionWindows? {
    let found = CommandError.catching { () -> QuestionWindows? in
      guard communication.rank == 0, let spans = source as? LabelledTextSource,
        spans.classNames == nil
      else { return nil }
      let questions = try QuestionWindows(spans)
      guard threshold == nil || questions.hasUnanswerable else {
        throw CommandError(
          "--no-answer-threshold: every question of the set has an answer; leave it out",
          exitCode: .usage)
      }
      return questions
    }
    try StartAgreement.check(found.map { _ in [] }, communication, isOfRankZero: true)
    return try found.get()
  }

  /// What predictions need of the logits of a sample: for answers a few numbers, else all of them; nil for nothing.
  private static func keptLogits(
    _ format: PredictionFormat?, _ keepsPredictions: Bool
  ) -> KeptLogits? {
    if format == .answers { return { logits in QuestionWindows.kept(of: logits) } }
    guard keepsPredictions else { return nil }
    return { logits in Array(logits) }
  }

  /// What is meant by that which was kept of the logits of a whole set; nil if nothing was.
  private static func predictions(
    _ kept: [Float], of source: any SampleSource, _ questions: QuestionWindows?,
    _ threshold: Double, _ trained: TrainedModel
  ) throws -> SetPredictions? {
    guard !kept.isEmpty, let texts = source as? LabelledTextSource else { return nil }
    guard let questions else { return try SetPredictions(classes: kept, of: texts) }
    do throws(ScoringError) {
      return try SetPredictions(answers: kept, of: questions, threshold: threshold)
    } catch {
      throw CommandError("\(trained.weightsPath): \(error)", exitCode: .internalError)
    }
  }

  /// Opens the set and checks that its classes, and the pieces of its vocabulary, are those that the weights were
  /// trained for.
  private static func open(
    _ split: DatasetSplit, for trained: TrainedModel
  ) throws -> any SampleSource {
    let source = try trained.configuration.task.open(split)
    try ClassList.requireEqual(
      training: trained.classNames, test: source.classNames,
      testFiles: trained.configuration.data.files(of: split), set: "the set to evaluate")
    // Without the training set nobody knows: an evaluation does not need it.
    if let text = source as? any TokenizedText,
      let known = try? Vocabulary(besideShards: trained.configuration.data.files(of: .train))
    {
      try text.requireVocabulary(known, of: trained.weightsPath)
    }
    return source
  }

  private static func checkAgreement(
    _ configuration: TrainingConfiguration, on files: [StartInvariant],
    _ communication: CommunicationThread
  ) throws {
    try StartAgreement.check(
      .success(
        [.precision(of: configuration), .products(of: configuration)] + files
          + StartInvariant.machine(of: configuration)
          + StartInvariant.exchangeKeys(of: configuration)),
      communication)
  }

  private static func evaluator(
    _ trained: TrainedModel, _ source: any SampleSource, _ activity: RankActivity,
    _ communication: CommunicationThread
  ) throws -> Evaluator {
    let configuration = trained.configuration
    let workers = try Workers(
      configuration: configuration, model: trained.model, trainingSet: source,
      rank: communication.rank, pool: GradientPool(count: trained.model.layout.gradientCount),
      observer: StepObserver(profile: nil, activity: activity))
    return Evaluator(
      communication: communication, workers: workers, threads: configuration.train.threads,
      microBatchSize: configuration.train.microBatchSize)
  }
}
