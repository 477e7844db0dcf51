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

/// The tokens of a text from which its class is read.
public enum SequencePooling: String, Sendable, CaseIterable {
  /// The first one, as in BERT.
  case first
  /// The mean of all but padding.
  case mean
}

/// What the logits of a model are of; it decides head, labels and loss.
public enum ModelOutput: Sendable, Equatable {
  /// The class of an image.
  case imageClass
  /// The hidden tokens of a text.
  case hiddenTokens
  /// The class of a text.
  case textClass
  /// The first and the last token of a span of a text.
  case span
}
