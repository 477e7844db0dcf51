import Kernels

/// The feed-forward branch of Transformers and Mixers: `fc2(GELU(fc1(x)))`.
///
/// ``Expansion`` says what it keeps.
struct FeedForward: Branch {
  private let expansion: Expansion
  private let projection: Linear
  private let tokens: Int

  var outputBias: Parameter? { projection.bias }
  var outputName: String { projection.name }

  /// Named as timm's; what a Transformer begins with is BERT's, a Mixer timm's.
  static func tensors(_ block: Int, _ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    func linear(_ layer: String, inputs: Int, outputs: Int) -> [TensorDeclaration] {
      let isMixer = configuration.kind == .mixer
      return Linear.tensors(
        "\(name(block, configuration)).\(layer)", [outputs, inputs],
        weight: isMixer
          ? .xavierUniform(inputs: inputs, outputs: outputs) : .truncatedNormal(deviation: 0.02),
        bias: isMixer ? .normal(deviation: 1e-6) : .constant(0))
    }
    return linear("fc1", inputs: width, outputs: expanded)
      + linear("fc2", inputs: expanded, outputs: width)
  }

  init(
    _ block: Int, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let name = Self.name(block, configuration)
    tokens = configuration.tokens
    expansion = Expansion("\(name).fc1", rows: tokens, layout, &plan)
    projection = Linear("\(name).fc2", layout)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    projection.product(try expansion.forward(input, chunk), into: output, chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let activated = expansion.recompute(chunk)
    projection.weightBackward(dOutput, input: activated, chunk)
    projection.inputBackward(dOutput, weights: chunk.operands, into: activated, chunk)
    try expansion.backward(input: input, into: dInput, chunk)
  }

  func products(samples: Int) -> [LayerProduct] {
    expansion.linear.products(rows: samples * tokens) + projection.products(rows: samples * tokens)
  }

  private static func name(_ block: Int, _ configuration: ModelConfiguration) -> String {
    "blocks.\(block)." + (configuration.kind == .mixer ? "mlp_channels" : "mlp")
  }
}
