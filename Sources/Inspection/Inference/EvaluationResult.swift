import Checkpoints
import Configuration
public import Datasets
import Model
import Scoring
import Train

/// What an evaluation found, for programs: the fields of `evaluate --json`.
public struct EvaluationResult: Sendable, Encodable {
  /// The file of the weights.
  public let weights: String
  /// Which weights of a checkpoint they are: `weights` or `averaged_weights`.
  public let weightsKind: String
  /// The digest of the weights.
  public let weightsSha256: String
  /// Training steps that produced them, if a checkpoint records it.
  public let step: Int?
  /// The part of the data.
  public let split: DatasetSplit
  /// The digest of its content.
  public let datasetSha256: String
  /// Mean cross-entropy in nats, without label smoothing: the negative log-likelihood of a label.
  public let loss: Double
  /// Share of labels that were found, 0 to 1: classes, hidden tokens, or spans with both their ends.
  public let accuracy: Double
  /// Share of labels that were among the five most probable; nil below six classes.
  public let accuracyTop5: Double?
  /// Of classes: the mean of their accuracies, each class counting the same; those without samples do not.
  public let macroAccuracy: Double?
  /// Of classes: the expected calibration error in fifteen bins, 0 to 1.
  public let calibrationError: Double?
  /// Of classes: the mean probability of what was predicted.
  public let meanConfidence: Double?
  /// The number of distinct classes that were predicted; a model that predicts only one has learned nothing.
  public let predictedClasses: Int?
  /// Of texts with two classes: F1 of class 1, the positive one.
  public let f1: Double?
  /// Of texts with classes: the mean F1 of the classes that occur as a label or as a prediction.
  public let macroF1: Double?
  /// Of texts with classes: Matthews's correlation of labels and predictions, -1 to 1.
  public let matthewsCorrelation: Double?
  /// Of texts with classes: the accuracy of who always says the most frequent class.
  public let majorityShare: Double?
  /// The scores of the answers; nil if samples are not questions.
  public let answers: AnswerResult?
  /// The classes in the order of their numbers; nil if samples have none.
  public let classes: [ClassResult]?
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

  /// The result of an evaluation of `source`.
  ///
  /// - Parameters:
  ///   - evaluation: its numbers.
  ///   - trained: what was evaluated.
  ///   - digest: that of its weights.
  ///   - split: which set of the configuration `source` is.
  ///   - source: the data.
  ///   - names: those of the first classes, if they are known.
  ///   - baseline: for text, where it is wanted.
  ///   - answers: the scores of answers, where samples are windows.
  ///   - ranks: who took part.
  ///   - seconds: how long it took.
  init(
    _ evaluation: Evaluation, of trained: TrainedModel, digest: String, on split: DatasetSplit,
    _ source: any SampleSource, names: [String]?, _ baseline: UnigramBaseline?,
    _ answers: AnswerResult?, ranks: Int, seconds: Double
  ) {
    let configuration = trained.configuration
    let task = configuration.task
    weights = trained.weightsPath
    weightsKind = trained.kind.rawValue
    weightsSha256 = digest
    step = trained.step
    self.split = split
    datasetSha256 = source.digest
    loss = evaluation.loss
    accuracy = evaluation.accuracy
    accuracyTop5 = configuration.model.hasTop5 ? evaluation.accuracyTop5 : nil
    let classes = evaluation.classes.map { ClassResult.all($0.confusion, names: names) }
    self.classes = classes
    predictedClasses = evaluation.classes?.confusion.predictedClasses
    macroAccuracy = classes.map(ClassResult.macroAccuracy)
    calibrationError = evaluation.classes?.calibration.expectedError
    meanConfidence = evaluation.classes?.calibration.meanConfidence
    let scores = task.looksForOneClass ? evaluation.classes?.confusion.scores : nil
    f1 = scores?.binaryF1
    macroF1 = scores?.macroF1
    matthewsCorrelation = scores?.matthews
    majorityShare = scores?.majorityShare
    self.answers = answers
    perplexity = task.metrics(loss: evaluation.loss).first { $0.name == "perplexity" }?.value
    predictions = task.countsPredictions ? evaluation.labels : nil
    unigramAccuracy = baseline?.accuracy
    unigramAccuracyTop5 = baseline?.accuracyTop5
    samples = evaluation.samples
    self.ranks = ranks
    threads = configuration.train.threads
    self.seconds = seconds
  }
}
