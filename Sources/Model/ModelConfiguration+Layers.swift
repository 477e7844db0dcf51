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

  /// Traps unless `input` is what this model takes, for `count` samples.
  func require(_ input: Batch.Content, count: Int) {
    switch input {
    case .images(let images):
      precondition(self.input == .images, "images for a model of \(self.input)")
      precondition(
        images.count == count * inputElements,
        "\(images.count) floats for \(count) images of \(inputElements)")
    case .text(let tokens, let positions):
      precondition(self.input == .text, "text for a model of \(self.input)")
      precondition(
        tokens.count == count * sequenceLength && positions.count == count * predictions,
        """
        \(tokens.count) tokens and \(positions.count) positions for \(count) sequences of \
        \(sequenceLength) and \(predictions)
        """)
    }
  }
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
