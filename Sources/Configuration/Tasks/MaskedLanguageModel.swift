package import Datasets
import Mathematics
import Model

/// The tokens that are hidden in a sequence of text.
///
/// - Note: Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018, section 3.1.
struct MaskedLanguageModel: TrainingTask {
  package let configuration: TrainingConfiguration

  /// The task of a configuration whose model takes text.
  init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  package var sample: String { "sequence" }
  package var bestMetric: BestMetric { .loss }
  package var countsPredictions: Bool { true }
  package var classCount: Int? { nil }
  package var hasUnigramBaseline: Bool { true }

  package static let keys = [
    "model.vocabulary_size", "model.sequence_length", "model.predictions_per_sequence",
    "data.whole_words",
  ]
  package static let formats = [DatasetFormat.text]

  package func metrics(loss: Double) -> [TaskMetric] {
    [TaskMetric("perplexity", exponential(loss))]
  }

  package func open(_ split: DatasetSplit) throws -> any SampleSource {
    try configuration.openTextSet(split)
  }

  package func openBoth() throws -> (training: any SampleSource, test: any SampleSource) {
    let (training, test) = (
      try configuration.openTextSet(.train), try configuration.openTextSet(.test)
    )
    try training.requireVocabulary(of: test)
    return (training, test)
  }

  package func synthetic(count: Int) -> any SampleSource { configuration.syntheticText(count) }

  package var notes: [SettingNote] {
    let model = configuration.model
    guard 2 * model.predictions > model.sequenceLength else { return [] }
    return [
      SettingNote(
        finding: "model.predictions_per_sequence = \(model.predictions) hides most of the "
          + "\(model.sequenceLength) tokens from which they are to be predicted",
        cure: "use about 15 % of the tokens, or 0")
    ]
  }
}

extension TrainingConfiguration {
  /// Opens the training or the test set of text and checks that it fits the model.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`.
  package func openTextSet(_ split: DatasetSplit) throws -> TextSource {
    try requireData()
    let source = try openText(
      files: data.files(of: split), split: split, verifying: data.verify)
    try source.validate(
      sequenceLength: model.sequenceLength, vocabularySize: model.vocabularySize)
    try requireSpecialTokens(of: source.vocabulary)
    return source
  }

  /// Throws if the model takes other tokens for the padding or the separator than the vocabulary has.
  package func requireSpecialTokens(of vocabulary: Vocabulary) throws(ConfigurationError) {
    let special = vocabulary.special
    for (name, token, wanted) in [
      ("padding", model.paddingToken, special.padding),
      ("separator", model.separatorToken, special.separator),
    ] where token != -1 && token != Int(wanted) {
      throw ConfigurationError(
        "model.\(name)_token = \(token): the \(name) of \(vocabulary.file) is token "
          + "\(wanted); write that, or -1 for none")
    }
  }
}
