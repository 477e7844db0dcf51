import Kernels

/// The branch of gMLP: `fc2(SGU(GELU(fc1(x))))`; aMLP adds a tiny attention of x to the gate.
///
/// With N tokens, block width F and half of it H, it keeps its pre-activation (S·N, F) and its gate (S·N, H). Backward
/// recomputes the rest.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050.
struct GMLPBranch: Branch {
  private let expansion: Expansion
  private let attention: TinyAttention?
  private let gating: SpatialGatingUnit
  private let projection: Linear
  private let tokens: Int

  private let gated: OperandSlot
  private let dGated: OperandSlot

  var outputBias: Parameter? { projection.bias }
  var outputName: String { projection.name }

  /// Whether a tensor learns whose gradient passes through the gating unit.
  private var learnsBelowGate: Bool { expansion.linear.learns || attention?.learns == true }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    let gated = configuration.gatedWidth
    let attention =
      configuration.attentionSize > 0
      ? TinyAttention.tensors("\(part.blockName).attn", configuration) : []
    let name = part.branchName
    return attention
      + Linear.tensors("\(name).fc1", inputs: width, outputs: expanded, part.values)
      + SpatialGatingUnit.tensors("\(name).gate", configuration)
      + Linear.tensors(
        "\(name).fc2", inputs: gated, outputs: width, part.outputValues(configuration))
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let name = part.branchName
    tokens = configuration.tokens
    attention =
      configuration.attentionSize > 0
      ? TinyAttention(
        "\(part.blockName).attn", block: part.block, configuration, layout, &plan) : nil
    expansion = Expansion("\(name).fc1", rows: tokens, layout, &plan)
    gating = SpatialGatingUnit("\(name).gate", configuration, layout, &plan)
    projection = Linear("\(name).fc2", layout)
    gated = plan.operands(rows: tokens, columns: configuration.gatedWidth, .chunk)
    dGated = plan.operands(
      rows: tokens, columns: configuration.gatedWidth, .chunk, backwardOnly: true)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let activated = try expansion.forward(input, chunk)
    let attended = try attend(input, chunk)
    gating.forward(activated, adding: attended, into: chunk[gated], chunk)
    projection.product(chunk[gated], into: output, chunk)

    try gating.check(gated: chunk[gated], chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let activated = expansion.recompute(chunk)
    gating.recompute(activated, into: chunk[gated], chunk)

    projection.weightBackward(dOutput, input: chunk[gated], chunk)
    let passesGate = dInput != nil || learnsBelowGate
    guard passesGate || gating.learns else { return }
    projection.inputBackward(dOutput, weights: chunk.operands, into: chunk[dGated], chunk)
    let dAttended = gating.backward(
      chunk[dGated], input: activated, needsInput: passesGate, chunk)
    guard passesGate else { return }
    try expansion.backward(input: input, into: dInput, chunk)
    attention?.backward(dAttended, input: input, addingTo: dInput, chunk)

    try chunk.check(chunk[dGated], gating.norm.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    let rows = samples * tokens
    let passesGate = backward || learnsBelowGate
    return expansion.linear.products(rows: rows, backward: backward)
      + projection.products(rows: rows, backward: passesGate || gating.learns)
      + gating.products(samples: samples, backward: passesGate)
      + (attention?.products(samples: samples, backward: backward) ?? [])
  }

  /// What is added to the gate, if anything.
  private func attend<Element>(
    _ input: Matrix<Element>, _ chunk: Chunk<Element>
  ) throws(ModelError) -> Matrix<Element>? {
    guard let attention else { return nil }
    return try attention.forward(input, chunk)
  }
}
