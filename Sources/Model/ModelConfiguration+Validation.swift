extension ModelConfiguration {
  /// Throws ``ModelError/invalidConfiguration(key:value:advice:)`` for the first key that is wrong.
  public func validate() throws(ModelError) {
    try requirePositive(dModel, "d_model")
    try requirePositive(dFFN, "d_ffn")
    try requirePositive(numLayers, "num_layers")
    try require(
      survivalProbability > 0 && survivalProbability <= 1, "survival_probability",
      "\(survivalProbability)", "must be above 0 and at most 1")
    try require(
      outputScale >= 0 && outputScale <= 1_000, "output_scale", "\(outputScale)",
      "must be from 0 to 1000")
    try require(
      dropout >= 0 && dropout <= 0.9, "dropout", "\(dropout)", "must be from 0 to 0.9")
    try require(
      attentionSize >= 0 && attentionSize <= Self.largestSize, "attention_size",
      "\(attentionSize)", "must be from 0, for none, to \(Self.largestSize)")
    switch input {
    case .images: try requireImage()
    case .text: try requireText()
    }
    try requireKind()
    try requireTokens()
    try requireProducts()
    try requireDropout()
  }

  /// Checks that streams of random numbers are long enough, and that there are enough of them.
  private func requireDropout() throws(ModelError) {
    try require(
      dropout == 0 || Self.product(tokens, max(tokens, dModel) + 3) <= 1 << 22, "dropout",
      "\(dropout)", "is for samples of up to \(1 << 22) activations a layer")
    try require(
      dropout == 0 || Self.product(numLayers, 2 * numHeads) <= 1 << 12, "dropout", "\(dropout)",
      "is for up to \(1 << 12) heads in all")
  }

  /// Checks that keys which only some kinds of block have are not set for the others.
  private func requireKind() throws(ModelError) {
    let usual = ModelConfiguration()
    let special: [(key: String, isUsual: Bool, value: String)] = [
      (
        "spatial_function", spatialFunction == usual.spatialFunction, "\"\(spatialFunction)\""
      ),
      ("toeplitz", !toeplitz, "true"), ("attention_size", attentionSize == 0, "\(attentionSize)"),
      ("d_token", dToken == 0, "\(dToken)"), ("num_heads", numHeads == 1, "\(numHeads)"),
      ("positions", positions == .none, "\"\(positions)\""), ("class_token", !classToken, "true"),
      ("post_norm", !postNorm, "true"),
      ("padding_token", paddingToken == -1, "\(paddingToken)"),
      ("mask_padding", !maskPadding, "true"),
    ]
    for (key, isUsual, value) in special where !kind.block.keys.contains(key) {
      let names = ModelKind.allCases.filter { $0.block.keys.contains(key) }
        .map { "kind = \"\($0)\"" }.joined(separator: " and ")
      try require(isUsual, key, value, "is for \(names), not for \"\(kind)\"; leave it out")
    }
    try kind.block.validate(self)
  }

  /// Checks the tokens of text that mean something to the model.
  private func requireTokens() throws(ModelError) {
    for (key, token) in [("padding_token", paddingToken), ("separator_token", separatorToken)] {
      try require(
        token == -1 || input == .text && 0..<vocabularySize ~= token, key, "\(token)",
        "must be a token of the vocabulary of text, or -1 for none")
    }
    try require(
      !maskPadding || paddingToken >= 0, "mask_padding", "true",
      "needs padding_token, the number of the padding in the vocabulary")
    try require(
      !segments || input == .text, "segments", "true", "is for text; leave it out")
    try require(
      !segments || (separatorToken >= 0 && paddingToken >= 0), "segments", "true",
      "needs separator_token and padding_token, their numbers in the vocabulary")
  }

  /// Checks that no tensor has more weights than there are random numbers for it, and that no sum over the layers
  /// overflows.
  private func requireProducts() throws(ModelError) {
    try require(
      Self.product(dModel, dFFN) < Self.maximumWeights, "d_ffn", "\(dFFN)",
      Self.tooMany(in: "one layer of a block"))
    try require(
      Self.product(3 * attentionSize, max(dModel, gatedWidth)) < Self.maximumWeights,
      "attention_size", "\(attentionSize)", Self.tooMany(in: "one layer of a block"))
    let block = 2 * dModel * dFFN + tokens * tokens + kind.block.furtherWeights(self)
    try require(
      Self.product(numLayers, block) < 1 << 40, "num_layers", "\(numLayers)",
      "makes \(1 << 40) weights or more; use fewer or smaller blocks")
    try require(
      Self.product(numLayers, tokens, 5 * dModel + 2 * dFFN + 3 * attentionSize) < 1 << 30,
      "num_layers", "\(numLayers)",
      "makes \(1 << 30) activations of one sample or more; use fewer or smaller blocks")
  }

  private static let maximumWeights = 1 << 32

  private static func tooMany(in layer: String) -> String {
    "makes \(maximumWeights) weights or more in \(layer); use a smaller size"
  }

  /// The product of positive numbers, or the largest integer where it overflows.
  private static func product(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : next
    }
  }

  private func requireText() throws(ModelError) {
    try requireTask()
    try requirePositive(vocabularySize, "vocabulary_size")
    try requirePositive(sequenceLength, "sequence_length")
    try require(
      sequenceLength < 1 << 16, "sequence_length", "\(sequenceLength)",
      "must be at most \(1 << 16 - 1)")
    try require(
      predictionsPerSequence >= 0 && predictionsPerSequence <= sequenceLength,
      "predictions_per_sequence", "\(predictionsPerSequence)",
      "must be from 0, for 15 %, to sequence_length = \(sequenceLength)")
    try require(
      Self.product(vocabularySize, dModel) < Self.maximumWeights, "vocabulary_size",
      "\(vocabularySize)", Self.tooMany(in: "the embedding"))
    try require(
      Self.product(vocabularySize, predictions) < 1 << 30, "vocabulary_size",
      "\(vocabularySize)",
      "makes \(1 << 30) logits of one sequence or more; predict fewer tokens of it")
  }

  /// Checks what the head of a task needs beside the blocks.
  private func requireTask() throws(ModelError) {
    try require(
      input == .text || task.kind != .spans, "task.kind", "\"\(task.kind.rawValue)\"",
      "is for model.input = \"text\"")
    try require(
      !outputBias || output == .hiddenTokens, "output_bias", "true",
      "is for hidden tokens; other heads always have a bias: leave it out")
    if output == .hiddenTokens || output == .span { return }
    try requirePositive(numClasses, "num_classes")
    try require(
      Self.product(dModel, numClasses) < Self.maximumWeights, "num_classes", "\(numClasses)",
      Self.tooMany(in: "the head"))
    try require(
      task.dropout >= 0 && task.dropout <= 0.9, "task.dropout", "\(task.dropout)",
      "must be from 0 to 0.9")
  }

  private func requireImage() throws(ModelError) {
    try requireTask()
    try requirePositive(channels, "channels")
    try require(
      imageSize.count == 2, "image_size", "\(imageSize)", "must be [rows, columns] in pixels")
    try require(
      patchSize.count == 2, "patch_size", "\(patchSize)", "must be [rows, columns] in pixels")
    for axis in 0..<2 {
      try requirePositive(imageSize[axis], "image_size")
      try requirePositive(patchSize[axis], "patch_size")
      try require(
        imageSize[axis].isMultiple(of: patchSize[axis]), "patch_size", "\(patchSize)",
        "must divide image_size = \(imageSize) in both directions")
    }
    try require(
      tokens < 1 << 16, "patch_size", "\(patchSize)",
      "cuts an image into \(tokens) patches; at most \(1 << 16 - 1)")
    try require(
      Self.product(dModel, channels, patchSize[0], patchSize[1]) < Self.maximumWeights,
      "patch_size",
      "\(patchSize)", Self.tooMany(in: "the stem"))
    try require(
      Self.product(channels, imageSize[0], imageSize[1]) < 1 << 30, "image_size", "\(imageSize)",
      "makes images of \(1 << 30) numbers or more; use smaller ones")
  }
}
