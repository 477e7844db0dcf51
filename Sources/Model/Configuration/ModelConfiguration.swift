/// The sizes of a model; the keys of `[model]` in a configuration file.
public struct ModelConfiguration: Sendable, Equatable {
  /// What the blocks are.
  public var kind = ModelKind.gmlp

  /// What the samples are.
  public var input = InputKind.images

  /// Rows and columns of an image, in pixels.
  public var imageSize = [28, 28]

  /// Channels of an image.
  public var channels = 1

  /// Rows and columns of a patch, in pixels.
  public var patchSize = [4, 4]

  /// The pieces of the vocabulary of text.
  public var vocabularySize = 32_000

  /// The tokens of a sequence of text.
  public var sequenceLength = 128

  /// The tokens to predict of each sequence; 0 for 15 % of all, rounded.
  public var predictionsPerSequence = 0

  /// The width of a token.
  public var dModel = 64

  /// The width inside a block, before the split into two halves.
  public var dFFN = 256

  /// The number of blocks.
  public var numLayers = 4

  /// The number of classes of images.
  public var numClasses = 10

  /// The probability that a sample goes through a residual layer in training; with the linear rule, the last one.
  public var survivalProbability = 1.0

  /// How that probability changes over the blocks.
  public var stochasticDepth = StochasticDepthRule.constant

  /// The share of activations that training drops: of what a branch adds, and of the shares of attention.
  public var dropout = 0.0

  /// How the tokens mix.
  public var spatialFunction = SpatialFunction.split

  /// Whether they mix alike wherever they stand: 2N - 1 weights instead of N².
  public var toeplitz = false

  /// The width of the tiny attention beside the gate; 0 for none.
  public var attentionSize = 0

  /// The width of a Mixer's layer over the tokens.
  public var dToken = 0

  /// The heads of a Transformer's attention.
  public var numHeads = 1

  /// How a Transformer knows where its tokens stand.
  public var positions = Positions.none

  /// Whether a learned token stands before the patches, from which the class is read; else their mean is.
  public var classToken = false

  /// Whether the norms stand behind the shortcuts, as in the first Transformers, and not before the branches.
  public var postNorm = false

  /// The token that only fills sequences of text up and that attention leaves out; -1: none.
  public var paddingToken = -1

  /// Whether the logits of text have a bias.
  public var outputBias = false

  /// The built-in default: a small gMLP for Fashion-MNIST.
  public init() {}
}
