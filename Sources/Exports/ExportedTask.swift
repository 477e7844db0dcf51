import Model

/// What a model is for, in the words of other programs.
struct ExportedTask {
  /// What a head makes of the tokens behind the last block.
  enum Head {
    /// A logit for each class, of a sample.
    case classes
    /// A logit for each piece of the vocabulary, at the places that are asked for.
    case pieces
    /// Two logits for each token: that a span begins with it, and that it ends with it.
    case ends
  }

  /// What the names of classes of transformers end with.
  let name: String
  /// The task in the list of the Hugging Face Hub.
  let pipeline: String
  /// The form of the logits.
  let head: Head

  /// The task of a model.
  init(_ configuration: ModelConfiguration) {
    switch configuration.output {
    case .imageClass:
      (name, pipeline, head) = ("ImageClassification", "image-classification", .classes)
    case .hiddenTokens: (name, pipeline, head) = ("MaskedLM", "fill-mask", .pieces)
    case .textClass:
      (name, pipeline, head) = ("SequenceClassification", "text-classification", .classes)
    case .span: (name, pipeline, head) = ("QuestionAnswering", "question-answering", .ends)
    }
  }

  /// The task of a model whose class in the file of Python has this name; nil for another class.
  static func kind(ofClass name: String) -> TaskKind? {
    switch name {
    case "GmlpForImageClassification", "GmlpForMaskedLM": .automatic
    case "GmlpForSequenceClassification": .classification
    case "GmlpForQuestionAnswering": .spans
    default: nil
    }
  }

  /// The class of transformers that loads such a model.
  var automaticClass: String { "AutoModelFor\(name)" }

  /// The class in the file of Python beside the weights.
  var ownClass: String { "GmlpFor\(name)" }
}
