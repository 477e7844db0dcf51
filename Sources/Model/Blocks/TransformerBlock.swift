/// A Transformer: self-attention, then a feed-forward layer.
///
/// - Note: Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762; named as in timm, initialised as in BERT.
enum TransformerBlock: Block {
  static var norm: any Norm.Type { LayerNorm.self }

  static let keys: Set = ["num_heads", "positions", "class_token", "post_norm", "padding_token"]

  static let presets: KeyValuePairs = [
    "mlm-bert-base": bert(numLayers: 12, dModel: 768, numHeads: 12),
    "mlm-bert-large": bert(numLayers: 24, dModel: 1024, numHeads: 16),
    "deit-ti16": deit(dModel: 192, numHeads: 3),
    "deit-s16": deit(dModel: 384, numHeads: 6),
    "deit-b16": deit(dModel: 768, numHeads: 12),
  ]

  static func parts(_ block: Int, _ configuration: ModelConfiguration) -> [BlockPart] {
    [
      BlockPart(
        block, norm: norm, normName: "norm1", branch: SelfAttention.self, branchName: "attn",
        .bert),
      BlockPart(
        block, norm: norm, normName: "norm2", branch: FeedForward.self, branchName: "mlp", .bert),
    ]
  }

  static func furtherWeights(_ configuration: ModelConfiguration) -> Int {
    4 * configuration.dModel * configuration.dModel
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let (heads, width) = (configuration.numHeads, configuration.dModel)
    let classToken = configuration.classToken
    try configuration.requirePositive(heads, "num_heads")
    try configuration.require(
      width.isMultiple(of: heads), "num_heads", "\(heads)", "must divide d_model = \(width)")
    try configuration.require(
      configuration.tokenGrid == nil || (classToken && configuration.positions == .learned),
      "class_token", "\(classToken)",
      "a Transformer of images has class_token = true and positions = \"learned\"")
    try configuration.require(
      configuration.tokenGrid != nil || !classToken, "class_token", "true",
      "is for images; leave it out")
    try configuration.require(
      configuration.positions != .rotary || (width / heads).isMultiple(of: 2), "positions",
      "\"rotary\"",
      "turns pairs of channels, and d_model / num_heads = \(width / heads) is odd; change one of them"
    )
  }

  /// - Note: Source: Touvron et al., "Training data-efficient image transformers", arXiv:2012.12877.
  private static func deit(dModel: Int, numHeads: Int) -> ModelConfiguration {
    var configuration = ModelConfiguration.imageNet(
      .transformer, numLayers: 12, dModel: dModel, dFFN: 4 * dModel)
    configuration.numHeads = numHeads
    configuration.positions = .learned
    configuration.classToken = true
    return configuration
  }

  /// - Note: Source: Devlin et al., "BERT", arXiv:1810.04805; with the norms before the branches.
  private static func bert(numLayers: Int, dModel: Int, numHeads: Int) -> ModelConfiguration {
    var configuration = ModelConfiguration.text(
      .transformer, numLayers: numLayers, dModel: dModel, dFFN: 4 * dModel)
    configuration.numHeads = numHeads
    configuration.positions = .learned
    configuration.paddingToken = 0
    return configuration
  }
}
