import Batches

extension ModelConfiguration {
  /// What turns samples into tokens.
  var stem: any Stem.Type {
    switch input {
    case .images: classToken ? ClassTokenStem.self : PatchStem.self
    case .text: TokenStem.self
    }
  }

  /// What turns tokens into logits.
  var head: any Head.Type {
    switch output {
    case .imageClass, .textClass: ClassHead.self
    case .hiddenTokens: MaskedTokenHead.self
    case .span: SpanHead.self
    }
  }

  /// What brings tokens to a common scale before the head.
  var norm: any Norm.Type { kind.block.norm }

  /// The residual layers of all blocks, first to last.
  var blockParts: [BlockPart] {
    (0..<numLayers).flatMap { kind.block.parts($0, self) }
  }
}

/// What stem and head say of samples and labels.
extension ModelConfiguration {
  /// The numbers of a sample in a batch, each of four bytes.
  public var inputElements: Int { stem.inputElements(self) }

  /// The numbers that tokens of the input may have; empty if a model looks nothing up.
  package var vocabulary: Range<Int> { stem.vocabulary(self) }

  /// Traps unless `input` is what this model takes, for `count` samples.
  func require(_ input: Batch.Content, count: Int) {
    stem.require(input, count: count, self)
  }

  /// The number of labels of a sample.
  public var labelsPerSample: Int { head.labelsPerSample(self) }

  /// The number of values of a label: classes, pieces of the vocabulary, or places in a sequence.
  public var labelValues: Int { head.labelValues(self) }

  /// Whether there are enough of them for top-5 accuracy to mean something.
  public var hasTop5: Bool { labelValues > 5 }

  /// Whether several layers share a tensor and add to its gradient: the embeddings, which hidden tokens are compared
  /// with, and relative positions.
  public var sharesTensors: Bool { head.multipliesEmbeddings || positions == .relative }

  /// What the names of the head's own tensors begin with: weights of a model for something else have none for it.
  package var headPrefix: String { "\(head.name)." }
}

extension ParameterLayout {
  /// The tensors of a model with these sizes, as its layers declare them; `configuration` is valid.
  init(_ configuration: ModelConfiguration, isFrozen: (String) -> Bool) {
    let blocks = configuration.blockParts.map { ResidualLayer.tensors($0, configuration) }
    self.init(
      layers: [configuration.stem.tensors(configuration)] + blocks
        + [configuration.head.tensors(configuration)], isFrozen: isFrozen)
  }
}
