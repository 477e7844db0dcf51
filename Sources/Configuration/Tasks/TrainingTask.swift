package import Datasets
package import Model

/// What a model is trained to do: the source of its samples, its metrics and its reports.
///
/// One file per task; ``TrainingConfiguration/task`` lists them. A task's head and labels are in the
/// model: `ModelConfiguration`.
package protocol TrainingTask: Sendable {
  /// The configuration of the run.
  var configuration: TrainingConfiguration { get }

  /// What a sample is called, as in "image".
  var sample: String { get }

  /// What decides which evaluation was the best.
  var bestMetric: BestMetric { get }

  /// The shares of labels that are reported with the loss, for a step and for an evaluation.
  var shares: [LabelShare] { get }

  /// Whether a sample has several labels, whose number is reported next to the number of samples.
  var countsPredictions: Bool { get }

  /// The number of classes if each sample has one and results by class make sense; nil otherwise.
  var classCount: Int? { get }

  /// Whether a model that predicts one class for all samples counts as failed. F1, Matthews's correlation and
  /// the majority share distinguish it from one that has learned; then they are reported too.
  var looksForOneClass: Bool { get }

  /// How predictions are scored and written; nil if no official script reads them.
  var predictionFormat: PredictionFormat? { get }

  /// Whether always giving the most frequent labels is worth comparing with.
  var hasUnigramBaseline: Bool { get }

  /// How many times in a row an epoch visits a sample.
  var repeats: Int { get }

  /// Keys of the configuration that this task reads, but not all tasks.
  static var keys: [String] { get }

  /// The formats of data that this task reads.
  static var formats: [DatasetFormat] { get }

  /// Numbers that are reported with the loss, which is in nats per label.
  func metrics(loss: Double) -> [TaskMetric]

  /// Checks values that are wrong with this task only.
  func validate() throws(ConfigurationError)

  /// Opens the training or the test set and checks that it fits the model.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`.
  func open(_ split: DatasetSplit) throws -> any SampleSource

  /// Opens both sets and checks that they fit the model and each other.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`.
  func openBoth() throws -> (training: any SampleSource, test: any SampleSource)

  /// `count` random samples, for measuring without data.
  func synthetic(count: Int) -> any SampleSource

  /// Settings that make no sense with this task.
  var notes: [SettingNote] { get }
}

/// The formats of predictions that official scripts read.
package enum PredictionFormat: Sendable {
  /// GLUE's: the class of each text.
  case classes
  /// SQuAD's: the answer to each question.
  case answers
}

/// A number that is reported with the loss.
package struct TaskMetric: Sendable, Equatable {
  /// Its name in metrics and JSON, as in "perplexity".
  package let name: String
  package let value: Double

  /// A number with its name.
  package init(_ name: String, _ value: Double) {
    (self.name, self.value) = (name, value)
  }
}

/// A share of the labels, 0 to 1; its raw value is its name in metrics.
package enum LabelShare: String, Sendable {
  /// Those that were the most probable.
  case accuracy
  /// Those that were among the five most probable.
  case accuracyTop5 = "accuracy_top5"

  /// This share in the samples of `result`.
  package func value(in result: MicroBatchResult) -> Double {
    switch self {
    case .accuracy: result.accuracy
    case .accuracyTop5: result.accuracyTop5
    }
  }
}

extension TrainingTask {
  /// As in "an image" and "a sequence".
  package var oneSample: String {
    "aeiou".contains(sample.prefix(1)) ? "an \(sample)" : "a \(sample)"
  }

  package var shares: [LabelShare] {
    configuration.model.hasTop5 ? [.accuracy, .accuracyTop5] : [.accuracy]
  }

  package var repeats: Int { 1 }

  package func validate() throws(ConfigurationError) {}

  package var looksForOneClass: Bool { false }

  package var predictionFormat: PredictionFormat? { nil }

  package func openBoth() throws -> (training: any SampleSource, test: any SampleSource) {
    (try open(.train), try open(.test))
  }
}

extension TrainingConfiguration {
  /// What the model is trained to do.
  package var task: any TrainingTask {
    switch model.output {
    case .imageClass: ImageClassification(self)
    case .hiddenTokens: MaskedLanguageModel(self)
    case .textClass: TextClassification(self)
    case .span: SpanExtraction(self)
    }
  }

  private static var tasks: [any TrainingTask.Type] {
    [
      ImageClassification.self, MaskedLanguageModel.self, TextClassification.self,
      SpanExtraction.self,
    ]
  }

  /// Why this configuration's task does not read the key; nil if it does, or every task does.
  func reasonWithoutUse(of key: String) -> String? {
    let own = type(of: task)
    let readers = Self.tasks.filter { $0.keys.contains(key) }
    guard !readers.isEmpty && !own.keys.contains(key) else { return nil }
    // Tasks on the same data differ by their kind, others by what the model takes.
    return readers.contains { $0.formats == own.formats }
      ? "task.kind is \(model.task.kind.toml)" : "model.input is \(model.input.toml)"
  }

  /// Throws if the task does not read data of this format.
  func requireData() throws(ConfigurationError) {
    if type(of: task).formats.contains(data.format) { return }
    throw ConfigurationError(
      "data.format = \(data.format.toml): does not go with model.input = \(model.input.toml); "
        + "text is prepared by gmlp-train prepare, images have the other formats")
  }
}

/// What decides which evaluation was the best.
package enum BestMetric: String, Sendable {
  case accuracy, loss

  /// Whether `value` is better than that of an earlier evaluation.
  package func isBetter(_ value: Double, than earlier: Double) -> Bool {
    switch self {
    case .accuracy: value > earlier
    case .loss: value < earlier
    }
  }
}
