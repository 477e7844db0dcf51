import Kernels
import Profiling

/// The feed-forward branch of Transformers and Mixers: `fc2(GELU(fc1(x)))`.
///
/// It keeps its pre-activation (S·N, F).
struct FeedForward: Branch {
  private let expansion: Linear
  private let projection: Linear
  private let tokens: Int
  private let preactivation: OperandSlot
  private let activated: OperandSlot

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
    expansion = Linear("\(name).fc1", layout)
    projection = Linear("\(name).fc2", layout)
    preactivation = plan.operands(rows: tokens, columns: configuration.dFFN, .subBatch)
    activated = plan.operands(rows: tokens, columns: configuration.dFFN, .chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    expansion.product(input, into: chunk[preactivation], chunk)
    chunk.enter(.gelu)
    geluForward(
      chunk[preactivation], bias: chunk.weights.matrix(expansion.bias), into: chunk[activated])
    projection.product(chunk[activated], into: output, chunk)
    try chunk.check(chunk[preactivation], expansion.name, "activation")
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    chunk.enter(.gelu)
    // From here on the pre-activation is the derivative of GELU, and then its own gradient.
    geluForward(
      replacingByDerivative: chunk[preactivation], bias: chunk.weights.matrix(expansion.bias),
      into: chunk[activated])
    projection.weightBackward(dOutput, input: chunk[activated], chunk)
    projection.inputBackward(dOutput, weights: chunk.operands, into: chunk[activated], chunk)
    chunk.enter(.gelu)
    geluBackward(
      chunk[activated], derivative: chunk[preactivation],
      dBias: chunk.gradient.matrix(expansion.bias))
    expansion.weightBackward(chunk[preactivation], input: input, chunk)
    expansion.inputBackward(chunk[preactivation], weights: chunk.operands, into: dInput, chunk)
    try chunk.check(chunk[preactivation], expansion.name, "gradient")
  }

  func products(samples: Int) -> [LayerProduct] {
    expansion.products(rows: samples * tokens) + projection.products(rows: samples * tokens)
  }

  private static func name(_ block: Int, _ configuration: ModelConfiguration) -> String {
    "blocks.\(block)." + (configuration.kind == .mixer ? "mlp_channels" : "mlp")
  }
}
