import Kernels

extension ModelConfiguration {
  /// What makes samples into tokens.
  var stem: any Stem.Type {
    switch input {
    case .images: classToken ? ClassTokenStem.self : PatchStem.self
    case .text: TokenStem.self
    }
  }

  /// What makes tokens into logits.
  var head: any Head.Type {
    switch input {
    case .images: ClassHead.self
    case .text: MaskedTokenHead.self
    }
  }

  /// What brings tokens to a common size before the head.
  var norm: any Norm.Type { kind.block.norm }

  /// The residual layers of all blocks, first to last.
  var blockParts: [BlockPart] {
    (0..<numLayers).flatMap { kind.block.parts($0, self) }
  }

  /// The tokens of a sample, N.
  public var tokens: Int {
    switch input {
    case .images: patchGrid.tokens + (classToken ? 1 : 0)
    case .text: sequenceLength
    }
  }

  /// The predictions of a sequence, P; at least 1.
  public var predictions: Int {
    predictionsPerSequence > 0
      ? predictionsPerSequence : max(Int((0.15 * Double(sequenceLength)).rounded()), 1)
  }

  /// The numbers of a sample in ``ModelInput``, each of four bytes.
  public var inputElements: Int {
    switch input {
    case .images: patchGrid.imageSize
    case .text: sequenceLength + predictions
    }
  }

  /// The values that a label can have: classes, or pieces of the vocabulary.
  public var labelValues: Int {
    switch input {
    case .images: numClasses
    case .text: vocabularySize
    }
  }

  /// Whether there are enough of them for the five best to mean something.
  public var hasTop5: Bool { labelValues > 5 }

  /// The labels of a sample.
  public var labelsPerSample: Int {
    switch input {
    case .images: 1
    case .text: predictions
    }
  }

  /// Whether several layers read, and add to the gradient of, one tensor: the embeddings of text, which the
  /// output is tied to, and relative positions.
  public var sharesTensors: Bool { input == .text || positions == .relative }

  /// The channels of a block that its second projection takes, H.
  var gatedWidth: Int { spatialFunction == .split ? dFFN / 2 : dFFN }

  /// Traps unless `input` is what this model takes, for `count` samples.
  func require(_ input: ModelInput, count: Int) {
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
