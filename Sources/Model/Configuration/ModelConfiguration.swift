import Kernels

/// The sizes of a model; the keys of `[model]` in a configuration file.
public struct ModelConfiguration: Sendable, Equatable {
  /// The kind of the blocks.
  public var kind = ModelKind.gmlp

  /// The kind of the samples.
  public var input = InputKind.images

  /// Rows and columns of an image, in pixels.
  public var imageSize = [28, 28]

  /// Channels of an image.
  public var channels = 1

  /// Rows and columns of a patch, in pixels.
  public var patchSize = [4, 4]

  /// The number of pieces of the vocabulary of text.
  public var vocabularySize = 32_000

  /// The number of tokens of a sequence of text.
  public var sequenceLength = 128

  /// The number of tokens to predict in each sequence; 0 for 15 % of all, rounded.
  public var predictionsPerSequence = 0

  /// The width of a token.
  public var dModel = 64

  /// The width inside a block, before the split into two halves.
  public var dFFN = 256

  /// The number of blocks.
  public var numLayers = 4

  /// What a model predicts about a sample.
  public var task = TaskConfiguration()

  /// The number of classes of images, or of texts.
  public var numClasses = 10

  /// The probability of keeping a residual branch in training; with the linear rule, that of the last block.
  public var survivalProbability = 1.0

  /// How that probability changes over the blocks.
  public var stochasticDepth = StochasticDepthRule.constant

  /// The fraction of activations that training drops: of branch outputs, and of attention weights.
  public var dropout = 0.0

  /// A factor of the initial values of each branch's last linear layer: near 0, a block starts as nearly nothing.
  public var outputScale = 1.0

  /// How the tokens mix.
  public var spatialFunction = SpatialFunction.split

  /// Whether they mix by their distance alone, with 2N - 1 weights instead of N².
  public var toeplitz = false

  /// The width of the tiny attention beside the gate; 0 for none.
  public var attentionSize = 0

  /// The hidden width of a Mixer's branch over the tokens.
  public var dToken = 0

  /// The number of heads of a Transformer's attention.
  public var numHeads = 1

  /// How a Transformer knows the positions of its tokens.
  public var positions = Positions.none

  /// Whether the class is read from a learned token before the patches, and not from the mean of the patches.
  public var classToken = false

  /// Whether the norms come after the shortcuts, as in the first Transformers, and not before the branches.
  public var postNorm = false

  /// The padding token of text, which a Transformer's attention and the mean of tokens leave out; -1 for none.
  public var paddingToken = -1

  /// Whether gMLP, aMLP and Mixer leave the padding out where they mix tokens; the paper does not.
  public var maskPadding = false

  /// Whether a learned vector is added to each token, which distinguishes the first text of a pair from the second.
  public var segments = false

  /// The token that ends the first text of a pair; -1 for none.
  public var separatorToken = -1

  /// Whether the logits of hidden tokens have a bias.
  public var outputBias = false

  /// The built-in default: a small gMLP for Fashion-MNIST.
  public init() {}
}

/// Sizes that follow from a valid configuration.
extension ModelConfiguration {
  /// The tokens of a sample, N.
  public var tokens: Int {
    guard let tokenGrid else { return sequenceLength }
    return tokenGrid.count + (classToken ? 1 : 0)
  }

  /// Rows and columns of the patches that a sample becomes; nil if its tokens are a sequence.
  package var tokenGrid: TokenGrid? {
    switch input {
    case .images: TokenGrid(rows: patchGrid.rows, columns: patchGrid.columns)
    case .text: nil
    }
  }

  /// What the logits are of.
  public var output: ModelOutput {
    switch (input, task.kind) {
    case (.images, _): .imageClass
    case (.text, .automatic): .hiddenTokens
    case (.text, .classification): .textClass
    case (.text, .spans): .span
    }
  }

  /// The hidden tokens of a sequence, P; 0 if they are not what is predicted, else at least 1.
  public var predictions: Int {
    guard output == .hiddenTokens else { return 0 }
    return predictionsPerSequence > 0
      ? predictionsPerSequence : max(Int((0.15 * Double(sequenceLength)).rounded()), 1)
  }

  /// The width of the input of a block's second projection, H.
  package var gatedWidth: Int { spatialFunction == .split ? dFFN / 2 : dFFN }

  /// The grid of patches of a valid configuration.
  var patchGrid: PatchGrid {
    PatchGrid(
      channels: channels, rows: imageSize[0] / patchSize[0], columns: imageSize[1] / patchSize[1],
      patchRows: patchSize[0], patchColumns: patchSize[1])
  }
}

/// The kind of samples that a model takes.
public enum InputKind: String, Sendable, CaseIterable {
  /// Images, to be classified.
  case images

  /// Sequences of tokens; ``TaskKind`` says what is predicted of them.
  case text
}

/// The kind of blocks that a model has.
public enum ModelKind: String, Sendable, CaseIterable {
  /// One branch with a spatial gating unit; with a tiny attention it is aMLP.
  case gmlp
  /// Self-attention, then a feed-forward layer.
  case transformer
  /// A layer over the tokens, then one over the channels.
  case mixer
  /// A linear layer over the tokens, then layers over the channels; no statistics anywhere.
  case resmlp
}

/// How a Transformer knows the positions of its tokens.
public enum Positions: String, Sendable, CaseIterable {
  /// It does not, or its blocks mix by position, as in gMLP and Mixer.
  case none
  /// A learned vector for each position is added to the token.
  case learned
  /// A learned number for each head and distance is added to the scores of attention, in all blocks.
  case relative
  /// Queries and keys are turned by angles that grow with the position, so that their products know the distance.
  case rotary
}

/// How a block of gMLP lets tokens mix, with f(z) = W·LN(z) + b over the tokens.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, section 4.1.
public enum SpatialFunction: String, Sendable, CaseIterable {
  /// `f(z)`.
  case linear
  /// `z + f(z)`.
  case additive
  /// `z ∘ f(z)`.
  case multiplicative
  /// `z₁ ∘ f(z₂)`, where z₁ and z₂ are the halves of z: the spatial gating unit.
  case split
}

/// How the probability of skipping a residual branch changes from the first block to the last.
public enum StochasticDepthRule: String, Sendable, CaseIterable {
  /// All blocks have the same.
  case constant
  /// The first block is never skipped; each later one is skipped a little more often.
  case linear
}
