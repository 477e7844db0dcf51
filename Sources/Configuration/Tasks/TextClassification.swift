import Datasets
import Model

/// The class of a text, or of a pair of texts.
///
/// - Note: Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018, section 4.1.
struct TextClassification: TrainingTask {
  package let configuration: TrainingConfiguration

  /// The task of a configuration whose model takes text and says classes.
  init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  package var sample: String { "text" }
  package var bestMetric: BestMetric { .accuracy }
  package var countsPredictions: Bool { false }
  package var classCount: Int? { configuration.model.numClasses }
  package var looksForOneClass: Bool { classCount != 1 }
  package var predictionFormat: PredictionFormat? { .classes }
  package var hasUnigramBaseline: Bool { false }

  package static let keys = [
    "model.vocabulary_size", "model.sequence_length", "model.num_classes", "task.pooling",
    "task.dropout",
  ]
  package static let formats = [DatasetFormat.text]

  package func metrics(loss: Double) -> [TaskMetric] { [] }

  package func open(_ split: DatasetSplit) throws -> any SampleSource {
    try configuration.openLabelledSet(split)
  }

  package func openBoth() throws -> (training: any SampleSource, test: any SampleSource) {
    try configuration.openLabelledSets()
  }

  package func synthetic(count: Int) -> any SampleSource { configuration.syntheticText(count) }

  package var notes: [SettingNote] {
    let model = configuration.model
    var notes: [SettingNote] = []
    if model.task.pooling == .mean && model.paddingToken < 0 {
      notes.append(
        SettingNote(
          finding:
            "task.pooling = \"mean\" with model.padding_token = -1: the mean is over padding too",
          cure: "set model.padding_token to the number of [PAD], which is 0 in most vocabularies"))
    }
    if model.numClasses == 1 {
      notes.append(
        SettingNote(
          finding:
            "model.num_classes = 1: all texts are of one class, and there is nothing to learn",
          cure: "set it to the number of classes of the data"))
    }
    return notes
  }
}
