import Configuration
package import Datasets
import Model
import Platform

/// What is known of the text that a model was trained on, as far as it is needed to ask the model.
struct TrainingText {
  /// What its tokens are of.
  let vocabulary: Vocabulary

  /// The training set; nil if the vocabulary was named, because then the set is not needed.
  private let source: LabelledTextSource?

  /// Finds the vocabulary of a model whose texts have labels.
  ///
  /// - Parameters:
  ///   - trained: the model.
  ///   - file: its vocabulary; nil: the one beside its training set.
  /// - Throws: `DatasetError`, `ConfigurationError` or ``CommandError`` for a vocabulary that is not there or not the
  ///   model's, and for a model that is too short for prepared text.
  init(_ trained: TrainedModel, vocabulary file: String?) throws {
    let length = trained.configuration.model.sequenceLength
    guard length >= ClassificationPreparation.shortestSequence else {
      throw CommandError(
        "\(trained.weightsPath): the model takes \(length) tokens, and texts with labels have at least "
          + "\(ClassificationPreparation.shortestSequence); set model.sequence_length",
        exitCode: .usage)
    }
    if let file {
      vocabulary = try trained.vocabulary(in: file)
      source = nil
      return
    }
    do {
      let source = try openLabelledText(
        files: trained.configuration.data.files(of: .train), split: .train, verifying: false)
      try trained.requireVocabulary(source.vocabulary)
      vocabulary = source.vocabulary
      self.source = source
    } catch {
      throw CommandError(
        "\(error); or name the vocabulary that the model was trained with by --vocabulary",
        exitCode: .badData)
    }
  }

  /// The names of the classes; nil if the set is not known.
  var classNames: [String]? { source?.classNames }

  /// Whether some questions of the set have no answer, as in SQuAD v2.0.
  var hasUnanswerable: Bool { source?.task.allowsNoAnswer ?? false }
}

extension TrainedModel {
  /// The vocabulary that it was trained with: in `file`, or if that is nil beside its training set.
  ///
  /// - Throws: `DatasetError`, `ConfigurationError` or ``CommandError`` if it is not there or not the model's.
  package func trainingVocabulary(in file: String?) throws -> Vocabulary {
    // Texts with labels lie in other shards than those whose tokens are hidden.
    guard configuration.model.predictions > 0 else {
      return try TrainingText(self, vocabulary: file).vocabulary
    }
    if let file { return try vocabulary(in: file) }
    var configuration = self.configuration
    configuration.data.verify = false
    do {
      return try configuration.openTextSet(.train).vocabulary
    } catch {
      throw CommandError(
        "\(error); or name the vocabulary that the model was trained with by --vocabulary",
        exitCode: .badData)
    }
  }

  /// The vocabulary in `file`.
  ///
  /// - Throws: `DatasetError`, `ConfigurationError` or ``CommandError`` if it is not there or not the model's.
  func vocabulary(in file: String) throws -> Vocabulary {
    let vocabulary = try Vocabulary(contentsOf: file)
    try requireVocabulary(vocabulary)
    return vocabulary
  }

  /// Throws unless the model has an embedding for each piece of `vocabulary`, and takes the same pieces for special.
  fileprivate func requireVocabulary(_ vocabulary: Vocabulary) throws {
    try configuration.requireSpecialTokens(of: vocabulary)
    let pieces = configuration.model.vocabularySize
    guard vocabulary.count == pieces else {
      throw CommandError(
        "\(vocabulary.file): the vocabulary has \(vocabulary.count) pieces but the model has \(pieces); name the "
          + "one that it was trained with", exitCode: .badData)
    }
  }
}
