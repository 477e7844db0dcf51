import Kernels
import Profiling

/// One block of gMLP: `x + fc2(SGU(GELU(fc1(LN(x)))))`, with the only shortcut around all of it; in
/// aMLP a tiny attention of LN(x) is added to the gate.
///
/// With N tokens, width D, block width F and half of it H, it keeps its pre-activation (S·N, F) and
/// its gate (S·N, H) beside the input (S·N, D); all else is computed again in backward.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050.
struct GMLPBlock: Block {
  private let index: Int
  private let tokens: Int
  private let norm: LayerNorm
  private let expansion: Linear
  private let attention: TinyAttention?
  private let gating: SpatialGatingUnit
  private let projection: Linear

  private let preactivation: OperandSlot
  private let normalized: OperandSlot
  private let activated: OperandSlot
  private let gated: OperandSlot
  private let dGated: OperandSlot
  private let branch: FloatSlot
  private let dBranch: OperandSlot
  private let dNormalized: FloatSlot

  static func tensors(_ index: Int, _ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    let gated = configuration.gatedWidth
    let attention =
      configuration.attentionSize > 0
      ? TinyAttention.tensors("blocks.\(index).attn", configuration) : []
    let mlp = "blocks.\(index).mlp_channels"
    return LayerNorm.tensors("blocks.\(index).norm", width: width) + attention
      + Linear.tensors(
        "\(mlp).fc1", [expanded, width], weight: .xavierUniform(inputs: width, outputs: expanded),
        bias: .normal(deviation: 1e-6))
      + SpatialGatingUnit.tensors("\(mlp).gate", configuration)
      + Linear.tensors(
        "\(mlp).fc2", [width, gated], weight: .xavierUniform(inputs: gated, outputs: width),
        bias: .normal(deviation: 1e-6))
  }

  init(
    _ index: Int, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let name = "blocks.\(index)"
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    self.index = index
    tokens = configuration.tokens
    norm = LayerNorm("\(name).norm", epsilon: 1e-6, rows: tokens, .chunk, layout, &plan)
    attention =
      configuration.attentionSize > 0
      ? TinyAttention("\(name).attn", configuration, layout, &plan) : nil
    expansion = Linear("\(name).mlp_channels.fc1", layout)
    gating = SpatialGatingUnit("\(name).mlp_channels.gate", configuration, layout, &plan)
    projection = Linear("\(name).mlp_channels.fc2", layout)

    preactivation = plan.operands(rows: tokens, columns: expanded, .subBatch)
    normalized = plan.operands(rows: tokens, columns: width, .chunk)
    activated = plan.operands(rows: tokens, columns: expanded, .chunk)
    gated = plan.operands(rows: tokens, columns: configuration.gatedWidth, .chunk)
    dGated = plan.operands(rows: tokens, columns: configuration.gatedWidth, .chunk)
    branch = plan.floats(rows: tokens, columns: width, .chunk)
    dBranch = plan.operands(rows: tokens, columns: width, .chunk)
    dNormalized = plan.floats(rows: tokens, columns: width, .chunk)
  }

  func forward<Element>(
    _ input: FloatSlot, into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      norm.forward(chunk[input], into: chunk[normalized], chunk)
      expansion.product(chunk[normalized], into: chunk[preactivation], chunk)
      chunk.enter(.gelu)
      geluForward(
        chunk[preactivation], bias: chunk.weights.matrix(expansion.bias), into: chunk[activated])
      let attended = try attend(chunk)
      gating.forward(chunk[activated], adding: attended, into: chunk[gated], chunk)
      projection.product(chunk[gated], into: chunk[branch], chunk)
      addBranch(to: chunk[input], into: chunk[output], chunk)

      try chunk.check(chunk[normalized], norm.name, "activation")
      try chunk.check(chunk[preactivation], expansion.name, "activation")
      try gating.check(gated: chunk[gated], chunk)
      try chunk.check(chunk[output], projection.name, "activation")
    }
  }

  func backward<Element>(
    _ dStream: FloatSlot, input: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      norm.forward(chunk[input], into: chunk[normalized], chunk)
      chunk.enter(.gelu)
      // From here on the pre-activation is the derivative of GELU, and then its own gradient.
      geluForward(
        replacingByDerivative: chunk[preactivation], bias: chunk.weights.matrix(expansion.bias),
        into: chunk[activated])
      gating.recompute(chunk[activated], into: chunk[gated], chunk)

      scaleGradient(chunk[dStream], chunk)
      projection.weightBackward(chunk[dBranch], input: chunk[gated], chunk)
      projection.inputBackward(
        chunk[dBranch], weights: chunk.operands, into: chunk[dGated], chunk)
      let dAttended = gating.backward(chunk[dGated], input: chunk[activated], chunk)
      chunk.enter(.gelu)
      geluBackward(
        chunk[activated], derivative: chunk[preactivation],
        dBias: chunk.gradient.matrix(expansion.bias))
      expansion.weightBackward(chunk[preactivation], input: chunk[normalized], chunk)
      expansion.inputBackward(
        chunk[preactivation], weights: chunk.operands, into: chunk[dNormalized], chunk)
      attention?.backward(
        dAttended, input: chunk[normalized], addingTo: chunk[dNormalized], chunk)
      norm.backward(
        chunk[dNormalized], input: chunk[input], into: chunk[dStream], adding: true, chunk)

      try chunk.check(chunk[dGated], gating.norm.name, "gradient")
      try chunk.check(chunk[preactivation], expansion.name, "gradient")
      try chunk.check(chunk[dStream], "blocks.\(index)", "gradient")
    }
  }

  func products(samples: Int) -> [LayerProduct] {
    expansion.products(rows: samples * tokens) + projection.products(rows: samples * tokens)
      + gating.products(samples: samples) + (attention?.products(samples: samples) ?? [])
  }

  /// What is added to the gate, if anything.
  private func attend<Element>(
    _ chunk: Chunk<Element>
  ) throws(ModelError) -> Matrix<Element>? {
    guard let attention else { return nil }
    return try attention.forward(chunk[normalized], chunk)
  }

  private func addBranch<Element>(
    to input: Matrix<Float>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.residual)
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      residualForward(
        input.rows(rows), branch: chunk[branch].rows(rows),
        bias: chunk.weights.matrix(projection.bias),
        scale: chunk.pass.branchScale(sample, block: index), into: output.rows(rows))
    }
  }

  private func scaleGradient<Element>(_ dStream: Matrix<Float>, _ chunk: Chunk<Element>) {
    chunk.enter(.residual)
    for (sample, rows) in zip(chunk.samples, dStream.samples(of: tokens)) {
      residualBackward(
        dStream.rows(rows), scale: chunk.pass.branchScale(sample, block: index),
        dBranch: chunk[dBranch].rows(rows), dBias: chunk.gradient.matrix(projection.bias))
    }
  }
}
