/// MLP-Mixer: a layer over the tokens, then one over the channels.
///
/// - Note: Source: Tolstikhin et al., "MLP-Mixer", arXiv:2105.01601, table 1; named and initialised as in timm.
enum MixerBlock: Block {
  static var norm: any Norm.Type { LayerNorm.self }

  static let keys: Set = ["d_token", "padding_token"]

  static let presets: KeyValuePairs = [
    "mixer-s16": imageNet(numLayers: 8, dModel: 512, dToken: 256),
    "mixer-b16": imageNet(numLayers: 12, dModel: 768, dToken: 384),
  ]

  static func parts(_ block: Int, _ configuration: ModelConfiguration) -> [BlockPart] {
    [
      BlockPart(
        block, norm: norm, normName: "norm1", branch: TokenMixing.self, branchName: "mlp_tokens",
        .xavier),
      BlockPart(
        block, norm: norm, normName: "norm2", branch: FeedForward.self, branchName: "mlp_channels",
        .xavier),
    ]
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    try configuration.requirePositive(configuration.dToken, "d_token")
  }

  private static func imageNet(numLayers: Int, dModel: Int, dToken: Int) -> ModelConfiguration {
    var configuration = ModelConfiguration.imageNet(
      .mixer, numLayers: numLayers, dModel: dModel, dFFN: 4 * dModel)
    configuration.dToken = dToken
    return configuration
  }
}
