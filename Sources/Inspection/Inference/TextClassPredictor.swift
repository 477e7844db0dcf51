import Configuration
package import Datasets
import Model

/// Classifies texts, and pairs of texts, that have no labels.
package struct TextClassPredictor: InputPredictor {
  package typealias Answer = ClassifiedText

  /// The names of the classes, as far as they are known.
  package let names: [String]?

  private let trained: TrainedModel
  private let threads: PredictionThreads
  private var encoder: TextPairEncoder

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - names: one name a class; nil: those of the training data.
  ///   - file: the vocabulary that the model was trained with; nil: the one beside its training set.
  ///   - threads: at least one; nil for as many as there are processors for this process.
  /// - Throws: `DatasetError` or ``CommandError`` for a vocabulary that is not there or not the model's; `BLASError`;
  ///   `ThreadError` if the system grants no thread.
  package init(
    _ trained: TrainedModel, names: [String]?, vocabulary file: String?, threads: Int? = nil
  ) throws {
    let model = trained.configuration.model
    let text = try TrainingText(trained, vocabulary: file)
    let known = names ?? text.classNames
    self.names = known?.count ?? 0 <= model.numClasses ? known : nil
    self.trained = trained
    self.threads = try PredictionThreads(trained, threads: threads)
    encoder = try TextPairEncoder(text.vocabulary, sequenceLength: model.sequenceLength)
  }

  package var batchSize: Int { threads.batchSize }

  package mutating func predict(
    _ contents: [TextInput.Content], top: Int?, give: (ClassifiedText) throws -> Void
  ) throws {
    var texts: [(text: String, pair: String?)] = []
    var sequences: [[Int32]] = []
    for content in contents {
      guard case .texts(let text, let pair) = content else {
        preconditionFailure("a question where a text belongs")
      }
      texts.append((text, pair))
      sequences.append(try encoder.encode(text, pair).tokens)
    }
    let logits = try threads.logits(ofSequences: sequences)
    let classes = trained.configuration.model.numClasses
    for (number, input) in texts.enumerated() {
      let scores = logits[(number * classes)..<((number + 1) * classes)]
      try give(
        ClassifiedText(
          text: input.text, textPair: input.pair,
          classes: trained.candidates(scores, names: names, top: top ?? classes)))
    }
  }
}

/// What a model says of one text, or of a pair of texts.
package struct ClassifiedText: Sendable, Equatable, Encodable {
  /// The text as it was given.
  package let text: String
  /// The second text of a pair.
  package let textPair: String?
  /// The most probable classes, the best first.
  package let classes: [Prediction.Candidate]
}
