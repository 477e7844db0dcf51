/// The sizes of a model; the keys of `[model]` in a configuration file.
public struct ModelConfiguration: Sendable, Equatable {
  /// What the blocks are: `gmlp`.
  public var kind = "gmlp"

  /// Rows and columns of an image, in pixels.
  public var imageSize = [28, 28]

  /// Channels of an image.
  public var channels = 1

  /// Rows and columns of a patch, in pixels.
  public var patchSize = [4, 4]

  /// The width of a token.
  public var dModel = 64

  /// The width inside a block, before the split into two halves.
  public var dFFN = 256

  /// The number of blocks.
  public var numLayers = 4

  /// The number of classes.
  public var numClasses = 10

  /// The probability that a sample goes through a block in training; constant over the blocks.
  public var survivalProbability = 1.0

  /// The built-in default: a small gMLP for Fashion-MNIST.
  public init() {}
}

extension ModelConfiguration: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
    case imageSize = "image_size"
    case channels
    case patchSize = "patch_size"
    case dModel = "d_model"
    case dFFN = "d_ffn"
    case numLayers = "num_layers"
    case numClasses = "num_classes"
    case survivalProbability = "survival_probability"
  }

  /// Decodes the keys that are there; the others keep their defaults.
  public init(from decoder: any Decoder) throws {
    self.init()
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    kind = try keys.decodeIfPresent(String.self, forKey: .kind) ?? kind
    imageSize = try keys.decodeIfPresent([Int].self, forKey: .imageSize) ?? imageSize
    channels = try keys.decodeIfPresent(Int.self, forKey: .channels) ?? channels
    patchSize = try keys.decodeIfPresent([Int].self, forKey: .patchSize) ?? patchSize
    dModel = try keys.decodeIfPresent(Int.self, forKey: .dModel) ?? dModel
    dFFN = try keys.decodeIfPresent(Int.self, forKey: .dFFN) ?? dFFN
    numLayers = try keys.decodeIfPresent(Int.self, forKey: .numLayers) ?? numLayers
    numClasses = try keys.decodeIfPresent(Int.self, forKey: .numClasses) ?? numClasses
    survivalProbability =
      try keys.decodeIfPresent(Double.self, forKey: .survivalProbability) ?? survivalProbability
  }
}
