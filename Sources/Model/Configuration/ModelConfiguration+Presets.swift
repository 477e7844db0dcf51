extension ModelConfiguration {
  /// The names that ``preset(_:)`` knows.
  public static let presetNames = ["gmlp-ti16", "gmlp-s16", "gmlp-b16"]

  /// A model of the paper, for ImageNet at 224² in patches of 16²; nil for an unknown name.
  ///
  /// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, table 1.
  public static func preset(_ name: String) -> ModelConfiguration? {
    switch name {
    case "gmlp-ti16": imageNet(dModel: 128, survivalProbability: 1)
    case "gmlp-s16": imageNet(dModel: 256, survivalProbability: 0.95)
    case "gmlp-b16": imageNet(dModel: 512, survivalProbability: 0.8)
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
}
