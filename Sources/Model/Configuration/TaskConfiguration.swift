/// What a model says of a sample, and how it comes to that; the keys of `[task]`.
public struct TaskConfiguration: Sendable, Equatable {
  /// What is said.
  public var kind = TaskKind.automatic

  /// The tokens from which the class of a text is read.
  public var pooling = SequencePooling.first

  /// The share of channels that training drops before the classifier of texts.
  ///
  /// - Note: The default is BERT's; google-research/bert, run_classifier.py.
  public var dropout = 0.1

  /// The usual task of a model's input.
  public init() {}
}

/// What a model says of a sample, as a configuration names it.
public enum TaskKind: String, Sendable, CaseIterable {
  /// The class of an image, or the hidden tokens of a text.
  case automatic = "auto"
  /// The class of an image or of a text.
  case classification
  /// Where in a text a span begins and ends.
  case spans
}

/// The tokens from which a class is read.
public enum SequencePooling: String, Sendable, CaseIterable {
  /// The first one: a text's `[CLS]`, as in BERT, or an image's class token.
  case first
  /// The mean of all but padding.
  case mean
}

/// What the logits of a model are of; it decides head, labels and loss.
public enum ModelOutput: Sendable, Equatable, CustomStringConvertible {
  /// The class of an image.
  case imageClass
  /// The hidden tokens of a text.
  case hiddenTokens
  /// The class of a text.
  case textClass
  /// The first and the last token of a span of a text.
  case span

  /// What a model with this output is called, as in "a classifier of images".
  public var description: String {
    switch self {
    case .imageClass: "a classifier of images"
    case .hiddenTokens: "a masked language model"
    case .textClass: "a classifier of texts"
    case .span: "a model of spans"
    }
  }
}

/// How a class is read from the tokens of a sample.
package struct ClassReading: Equatable {
  /// The tokens that count.
  package let pooling: SequencePooling

  /// The share of channels that training drops before the classifier.
  package let dropout: Double

  /// The standard deviation of the classifier's first weights; 0 for weights of zero.
  package let deviation: Double
}

extension ModelConfiguration {
  /// How a class is read: of images as in timm, of texts as in BERT.
  ///
  /// Where no class is read, nothing is dropped.
  package var classReading: ClassReading {
    switch output {
    case .textClass:
      ClassReading(pooling: task.pooling, dropout: task.dropout, deviation: 0.02)
    case .imageClass, .hiddenTokens, .span:
      ClassReading(pooling: classToken ? .first : .mean, dropout: 0, deviation: 0)
    }
  }

  /// Throws if the model's input has no such task.
  func requireTaskKind() throws(ModelError) {
    try require(
      input == .text || [.automatic, .classification].contains(task.kind), "task.kind",
      "\"\(task.kind.rawValue)\"", "is for model.input = \"text\"")
  }
}
