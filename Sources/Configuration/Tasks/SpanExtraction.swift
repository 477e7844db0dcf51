import Datasets
import Model

/// Where the answer to a question begins and ends in a window of text.
///
/// A sample is a window; one without the answer has the span (0, 0), its `[CLS]`. The accuracy is the share of windows
/// both of whose ends are found.
///
/// - Note: Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018, section 4.2.
struct SpanExtraction: TrainingTask {
  package let configuration: TrainingConfiguration

  /// The task of a configuration whose model takes text and finds spans.
  init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  package var sample: String { "window" }
  package var bestMetric: BestMetric { .accuracy }
  package var countsPredictions: Bool { false }
  package var classCount: Int? { nil }
  package var predictionFormat: PredictionFormat? { .answers }
  package var hasUnigramBaseline: Bool { false }

  package static let keys = ["model.vocabulary_size", "model.sequence_length"]
  package static let formats = [DatasetFormat.text]

  package func metrics(loss: Double) -> [TaskMetric] { [] }

  package func open(_ split: DatasetSplit) throws -> any SampleSource {
    try configuration.openLabelledSet(split)
  }

  package func openBoth() throws -> (training: any SampleSource, test: any SampleSource) {
    try configuration.openLabelledSets()
  }

  package func synthetic(count: Int) -> any SampleSource { configuration.syntheticText(count) }

  package var notes: [SettingNote] { [] }
}

extension TrainingConfiguration {
  /// Opens the training or the test set of texts with labels and checks that it fits the model.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`.
  func openLabelledSet(_ split: DatasetSplit) throws -> LabelledTextSource {
    try requireData()
    let source = try openLabelledText(
      files: data.files(of: split), split: split, verifying: data.verify)
    try source.validate(
      sequenceLength: model.sequenceLength, vocabularySize: model.vocabularySize)
    try requireLabels(of: source, in: data.files(of: split))
    try requireSpecialTokens(of: source.vocabulary)
    return source
  }

  /// Opens both sets of texts with labels and checks that they fit the model and mean the same.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`.
  func openLabelledSets() throws -> (training: any SampleSource, test: any SampleSource) {
    let (training, test) = (try openLabelledSet(.train), try openLabelledSet(.test))
    try training.requireSameMeaning(of: test)
    return (training, test)
  }

  /// Throws if the labels of `source`, which was read from `files`, are not those that the model learns.
  func requireLabels(
    of source: any LabelledText, in files: [String]
  ) throws(ConfigurationError) {
    let file = files.first ?? ""
    guard source.labelsPerSample == model.labelsPerSample else {
      let (found, kind): (String, TaskKind) =
        source.labelsPerSample == 1
        ? ("a class for each text", .classification) : ("spans", .spans)
      throw ConfigurationError(
        "task.kind = \(model.task.kind.toml): \(file) has \(found); write \(kind.toml), "
          + "or name other data")
    }
    guard let names = source.classNames, names.count != model.numClasses else { return }
    throw ConfigurationError(
      "model.num_classes = \(model.numClasses): \(file) has \(names.count), "
        + names.joined(separator: ", ") + "; write that number, or name other data")
  }

  /// `count` random sequences with as many positions and labels as the model takes.
  func syntheticText(_ count: Int) -> any SampleSource {
    SyntheticText(
      count: count, sequenceLength: model.sequenceLength, vocabularySize: model.vocabularySize,
      predictions: model.predictions, labels: model.labelsPerSample,
      labelValues: model.labelValues)
  }
}
