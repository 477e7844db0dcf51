extension ModelConfiguration {
  /// The names that ``preset(_:)`` knows.
  public static let presetNames = [
    "gmlp-ti16", "gmlp-s16", "gmlp-b16", "mlm-gmlp-base", "mlm-gmlp-large", "mlm-gmlp-xlarge",
    "mlm-amlp-base", "mlm-amlp-large", "mlm-bert-base", "mlm-bert-large", "mlm-small", "deit-ti16",
    "deit-s16", "deit-b16", "mixer-s16", "mixer-b16",
  ]

  /// A model of the paper, or one that it compares with; nil for an unknown name.
  ///
  /// Images are ImageNet's at 224² in patches of 16², text is sequences of 512 tokens of 32,000; but for
  /// `mlm-small`, which two cores train in minutes.
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
    case "mlm-bert-base": bert(numLayers: 12, dModel: 768, numHeads: 12)
    case "mlm-bert-large": bert(numLayers: 24, dModel: 1024, numHeads: 16)
    case "mlm-small":
      text(
        numLayers: 8, dModel: 128, dFFN: 768, vocabularySize: 8_192, sequenceLength: 128)
    case "deit-ti16": deit(dModel: 192, numHeads: 3)
    case "deit-s16": deit(dModel: 384, numHeads: 6)
    case "deit-b16": deit(dModel: 768, numHeads: 12)
    case "mixer-s16": mixer(numLayers: 8, dModel: 512, dToken: 256)
    case "mixer-b16": mixer(numLayers: 12, dModel: 768, dToken: 384)
    default: nil
    }
  }

  private static func imageNet(dModel: Int, survivalProbability: Double) -> ModelConfiguration {
    var configuration = images(numLayers: 30, dModel: dModel, dFFN: 6 * dModel)
    configuration.survivalProbability = survivalProbability
    return configuration
  }

  /// - Note: Source: Touvron et al., "Training data-efficient image transformers", arXiv:2012.12877.
  private static func deit(dModel: Int, numHeads: Int) -> ModelConfiguration {
    var configuration = images(numLayers: 12, dModel: dModel, dFFN: 4 * dModel)
    configuration.kind = .transformer
    configuration.numHeads = numHeads
    configuration.positions = .learned
    configuration.classToken = true
    return configuration
  }

  /// - Note: Source: Tolstikhin et al., "MLP-Mixer", arXiv:2105.01601, table 1.
  private static func mixer(numLayers: Int, dModel: Int, dToken: Int) -> ModelConfiguration {
    var configuration = images(numLayers: numLayers, dModel: dModel, dFFN: 4 * dModel)
    configuration.kind = .mixer
    configuration.dToken = dToken
    return configuration
  }

  private static func images(numLayers: Int, dModel: Int, dFFN: Int) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.imageSize = [224, 224]
    configuration.channels = 3
    configuration.patchSize = [16, 16]
    configuration.dModel = dModel
    configuration.dFFN = dFFN
    configuration.numLayers = numLayers
    configuration.numClasses = 1000
    return configuration
  }

  /// - Note: Source: Devlin et al., "BERT", arXiv:1810.04805; with the norms before the branches.
  private static func bert(numLayers: Int, dModel: Int, numHeads: Int) -> ModelConfiguration {
    var configuration = text(numLayers: numLayers, dModel: dModel, dFFN: 4 * dModel)
    configuration.kind = .transformer
    configuration.toeplitz = false
    configuration.numHeads = numHeads
    configuration.positions = .learned
    configuration.paddingToken = 0
    return configuration
  }

  private static func text(
    numLayers: Int, dModel: Int, dFFN: Int, attentionSize: Int = 0, vocabularySize: Int = 32_000,
    sequenceLength: Int = 512
  ) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.input = .text
    configuration.vocabularySize = vocabularySize
    configuration.sequenceLength = sequenceLength
    configuration.dModel = dModel
    configuration.dFFN = dFFN
    configuration.numLayers = numLayers
    configuration.toeplitz = true
    configuration.attentionSize = attentionSize
    return configuration
  }
}
