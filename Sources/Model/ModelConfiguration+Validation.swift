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
    try requireHead()
    try stem.validate(self)
    try requireKind()
    try requireTokens()
    try requireProducts()
    try requireDropout()
  }

  /// Checks what the head of a task needs beside the blocks.
  private func requireHead() throws(ModelError) {
    try requireTaskKind()
    try require(
      !outputBias || head.multipliesEmbeddings, "output_bias", "true",
      "is for hidden tokens; other heads always have a bias: leave it out")
    try head.validate(self)
  }

  /// Checks that streams of random numbers are long enough, and that there are enough of them.
  private func requireDropout() throws(ModelError) {
    try require(
      dropout == 0 || Self.product([tokens, max(tokens, dModel) + 3]) <= 1 << 22, "dropout",
      "\(dropout)", "is for samples of up to \(1 << 22) activations a layer")
    try require(
      dropout == 0 || Self.product([numLayers, 2 * numHeads]) <= 1 << 12, "dropout", "\(dropout)",
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
        token == -1 || vocabulary.contains(token), key, "\(token)",
        "must be a token of the vocabulary of text, or -1 for none")
    }
    try require(
      !maskPadding || paddingToken >= 0, "mask_padding", "true",
      "needs padding_token, the number of the padding in the vocabulary")
    try require(
      !segments || !vocabulary.isEmpty, "segments", "true", "is for text; leave it out")
    try require(
      !segments || (separatorToken >= 0 && paddingToken >= 0), "segments", "true",
      "needs separator_token and padding_token, their numbers in the vocabulary")
  }

  /// Checks that no tensor has more weights than there are random numbers for it, and that no sum over the layers
  /// overflows.
  private func requireProducts() throws(ModelError) {
    let layer = "one layer of a block"
    try requireWeights([dModel, dFFN], in: layer, "d_ffn", "\(dFFN)")
    try requireWeights(
      [3 * attentionSize, max(dModel, gatedWidth)], in: layer, "attention_size",
      "\(attentionSize)")
    let block = 2 * dModel * dFFN + tokens * tokens + kind.block.furtherWeights(self)
    try require(
      Self.product([numLayers, block]) < 1 << 40, "num_layers", "\(numLayers)",
      "makes \(1 << 40) weights or more; use fewer or smaller blocks")
    try require(
      Self.product([numLayers, tokens, 5 * dModel + 2 * dFFN + 3 * attentionSize]) < 1 << 30,
      "num_layers", "\(numLayers)",
      "makes \(1 << 30) activations of one sample or more; use fewer or smaller blocks")
  }
}
