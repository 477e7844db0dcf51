extension ModelConfiguration {
  /// The names that ``preset(_:)`` knows.
  public static let presetNames = [
    "gmlp-ti16", "gmlp-s16", "gmlp-b16", "mlm-gmlp-base", "mlm-gmlp-large", "mlm-gmlp-xlarge",
    "mlm-amlp-base", "mlm-amlp-large",
  ]

  /// A model of the paper; nil for an unknown name.
  ///
  /// Images are ImageNet's at 224² in patches of 16², text is sequences of 512 tokens of 32,000.
  ///
  /// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, tables 1 and 5.
  public static func preset(_ name: String) -> ModelConfiguration? {
    switch name {
    case "gmlp-ti16": imageNet(dModel: 128, survivalProbability: 1)
    case "gmlp-s16": imageNet(dModel: 256, survivalProbability: 0.95)
    case "gmlp-b16": imageNet(dModel: 512, survivalProbability: 0.8)
    case "mlm-gmlp-base": text(numLayers: 48, dModel: 512, dFFN: 3072)
    case "mlm-gmlp-large": text(numLayers: 96, dModel: 768, dFFN: 3072)
    case "mlm-gmlp-xlarge": text(numLayers: 144, dModel: 1024, dFFN: 4096)
    case "mlm-amlp-base": text(numLayers: 36, dModel: 512, dFFN: 3072, attentionSize: 64)
    case "mlm-amlp-large": text(numLayers: 72, dModel: 768, dFFN: 3072, attentionSize: 128)
    default: nil
    }
  }

  private static func imageNet(dModel: Int, survivalProbability: Double) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.imageSize = [224, 224]
    configuration.channels = 3
    configuration.patchSize = [16, 16]
    configuration.dModel = dModel
    configuration.dFFN = 6 * dModel
    configuration.numLayers = 30
    configuration.numClasses = 1000
    configuration.survivalProbability = survivalProbability
    return configuration
  }

  private static func text(
    numLayers: Int, dModel: Int, dFFN: Int, attentionSize: Int = 0
  ) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.input = .text
    configuration.vocabularySize = 32_000
    configuration.sequenceLength = 512
    configuration.dModel = dModel
    configuration.dFFN = dFFN
    configuration.numLayers = numLayers
    configuration.toeplitz = true
    configuration.attentionSize = attentionSize
    return configuration
  }
}
