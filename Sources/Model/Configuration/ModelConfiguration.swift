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
