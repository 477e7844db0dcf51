import Kernels
import Profiling

/// `W·x + b` over the N tokens of a sample, the same for all channels.
///
/// W (N, N) is learned freely, or it is a Toeplitz matrix of 2N - 1 weights, which mixes tokens by their distance
/// alone. The Toeplitz matrix is built for each chunk of samples, and its gradient is summed over the chunk.
struct SpatialProjection: Sendable {
  let name: String
  let weight: Parameter
  let bias: Parameter
  let dBias: GradientSlot

  var learns: Bool { weight.learns || bias.learns }

  private struct Toeplitz: Sendable {
    let matrix: OperandSlot
    let dMatrix: FloatSlot
  }
  private let toeplitz: Toeplitz?

  /// W starts near zero and b at 1, so that a block starts as a plain MLP.
  ///
  /// W decays in both forms.
  static func tensors(
    _ name: String, _ configuration: ModelConfiguration
  ) -> [TensorDeclaration] {
    let tokens = configuration.tokens
    return [
      TensorDeclaration(
        "\(name).weight", configuration.toeplitz ? [2 * tokens - 1] : [tokens, tokens],
        .normal(deviation: 1e-6), decays: true,
        axes: configuration.toeplitz ? [.distances] : [.tokens, .summedTokens]),
      TensorDeclaration("\(name).bias", [tokens], .constant(1), axes: [.tokens]),
    ]
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let tokens = configuration.tokens
    self.name = name
    weight = layout.require("\(name).weight")
    bias = layout.require("\(name).bias")
    dBias = GradientSlot(bias, &plan)
    toeplitz =
      configuration.toeplitz
      ? Toeplitz(
        matrix: plan.operands(rows: tokens, columns: tokens, .layer),
        dMatrix: plan.floats(rows: tokens, columns: tokens, .layer, backwardOnly: true))
      : nil
  }

  /// W for the products of `chunk`.
  func matrix<Element>(_ chunk: Chunk<Element>) -> Matrix<Element> {
    let weights = chunk.operands.matrix(weight)
    guard let toeplitz else { return weights }
    chunk.enter(.gate)
    toeplitzForward(weights, into: chunk[toeplitz.matrix])
    return chunk[toeplitz.matrix]
  }

  /// What the gradients of W of all samples of `chunk` are added to; nil where W is frozen.
  func beginGradient<Element>(_ chunk: Chunk<Element>) -> Matrix<Float>? {
    guard weight.learns else { return nil }
    guard let toeplitz else { return chunk.gradient.matrix(weight) }
    chunk.enter(.gate)
    clear(chunk[toeplitz.dMatrix])
    return chunk[toeplitz.dMatrix]
  }

  /// Adds that to the gradient of the weights.
  func endGradient<Element>(_ chunk: Chunk<Element>) {
    guard let toeplitz, weight.learns else { return }
    chunk.enter(.gate)
    toeplitzBackward(chunk[toeplitz.dMatrix], dWeights: chunk.gradient.matrix(weight))
  }
}
