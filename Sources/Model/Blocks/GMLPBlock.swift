/// gMLP: one branch with a spatial gating unit; with a tiny attention it is aMLP.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, tables 1 and 5; named and initialised
///   as in timm.
enum GMLPBlock: Block {
  static var norm: any Norm.Type { LayerNorm.self }

  static let keys: Set = ["spatial_function", "toeplitz", "attention_size", "padding_token"]

  /// Those of the paper, and `mlm-small`, which two cores train in minutes.
  static let presets: KeyValuePairs = [
    "gmlp-ti16": imageNet(dModel: 128, survivalProbability: 1),
    "gmlp-s16": imageNet(dModel: 256, survivalProbability: 0.95),
    "gmlp-b16": imageNet(dModel: 512, survivalProbability: 0.8),
    "mlm-gmlp-base": text(numLayers: 48, dModel: 512, dFFN: 3072),
    "mlm-gmlp-large": text(numLayers: 96, dModel: 768, dFFN: 3072),
    "mlm-gmlp-xlarge": text(numLayers: 144, dModel: 1024, dFFN: 4096),
    "mlm-amlp-base": text(numLayers: 36, dModel: 512, dFFN: 3072, attentionSize: 64),
    "mlm-amlp-large": text(numLayers: 72, dModel: 768, dFFN: 3072, attentionSize: 128),
    "mlm-small": small,
  ]

  static func parts(_ block: Int, _ configuration: ModelConfiguration) -> [BlockPart] {
    [
      BlockPart(
        block, norm: norm, normName: "norm", branch: GMLPBranch.self, branchName: "mlp_channels",
        .xavier)
    ]
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let width = configuration.dFFN
    try configuration.require(
      configuration.spatialFunction != .split || width.isMultiple(of: 2), "d_ffn", "\(width)",
      "must be even: it is the width before the split into two halves")
  }

  private static func imageNet(dModel: Int, survivalProbability: Double) -> ModelConfiguration {
    var configuration = ModelConfiguration.imageNet(
      .gmlp, numLayers: 30, dModel: dModel, dFFN: 6 * dModel)
    configuration.survivalProbability = survivalProbability
    return configuration
  }

  private static func text(
    numLayers: Int, dModel: Int, dFFN: Int, attentionSize: Int = 0
  ) -> ModelConfiguration {
    var configuration = ModelConfiguration.text(
      .gmlp, numLayers: numLayers, dModel: dModel, dFFN: dFFN)
    configuration.toeplitz = true
    configuration.attentionSize = attentionSize
    return configuration
  }

  private static var small: ModelConfiguration {
    var configuration = text(numLayers: 8, dModel: 128, dFFN: 768)
    configuration.vocabularySize = 8_192
    configuration.sequenceLength = 128
    return configuration
  }
}
