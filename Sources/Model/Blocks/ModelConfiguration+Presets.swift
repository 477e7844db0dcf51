extension ModelConfiguration {
  /// The names that ``preset(_:)`` knows.
  public static var presetNames: [String] { presets.map(\.key) }

  /// A model of the paper, or one that it compares with; nil for an unknown name.
  ///
  /// Images are ImageNet's at 224² in patches of 16². Text is sequences of 512 tokens from a vocabulary of 32,000, except
  /// in `mlm-small`, which two cores train in minutes.
  public static func preset(_ name: String) -> ModelConfiguration? {
    presets.first { $0.key == name }?.value
  }

  private static var presets: [(key: String, value: ModelConfiguration)] {
    ModelKind.allCases.flatMap { Array($0.block.presets) }
  }

  /// A model of ImageNet's images, for the presets of its family to complete.
  static func imageNet(
    _ kind: ModelKind, numLayers: Int, dModel: Int, dFFN: Int
  ) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    configuration.imageSize = [224, 224]
    configuration.channels = 3
    configuration.patchSize = [16, 16]
    configuration.dModel = dModel
    configuration.dFFN = dFFN
    configuration.numLayers = numLayers
    configuration.numClasses = 1000
    return configuration
  }

  /// A masked language model, for the presets of its family to complete.
  static func text(
    _ kind: ModelKind, numLayers: Int, dModel: Int, dFFN: Int
  ) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    configuration.input = .text
    configuration.vocabularySize = 32_000
    configuration.sequenceLength = 512
    configuration.dModel = dModel
    configuration.dFFN = dFFN
    configuration.numLayers = numLayers
    return configuration
  }
}
