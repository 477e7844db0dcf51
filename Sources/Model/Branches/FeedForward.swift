import Kernels

/// The feed-forward branch of Transformers and Mixers: `fc2(GELU(fc1(x)))`.
///
/// It keeps what ``Expansion`` keeps.
struct FeedForward: Branch {
  private let expansion: Expansion
  private let projection: Linear
  private let tokens: Int

  var outputBias: Parameter? { projection.bias }
  var outputName: String { projection.name }

  /// Whether one of its tensors learns.
  var learns: Bool { expansion.linear.learns || projection.learns }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    return Linear.tensors(
      "\(part.branchName).fc1", inputs: width, outputs: expanded, part.values)
      + Linear.tensors(
        "\(part.branchName).fc2", inputs: expanded, outputs: width,
        part.outputValues(configuration))
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    tokens = configuration.tokens
    expansion = Expansion("\(part.branchName).fc1", rows: tokens, layout, &plan)
    projection = Linear("\(part.branchName).fc2", layout)
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
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let activated = expansion.recompute(chunk)
    projection.weightBackward(dOutput, input: activated, chunk)
    guard dInput != nil || expansion.linear.learns else { return }
    projection.inputBackward(dOutput, weights: chunk.operands, into: activated, chunk)
    try expansion.backward(input: input, into: dInput, chunk)
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    let rows = samples * tokens
    return expansion.linear.products(rows: rows, backward: backward)
      + projection.products(rows: rows, backward: backward || expansion.linear.learns)
  }
}
