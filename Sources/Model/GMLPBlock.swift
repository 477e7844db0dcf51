import Kernels
import Profiling

/// One block of gMLP: `x + fc2(SGU(GELU(fc1(LN(x)))))`, with the only shortcut around all of it.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050.
struct GMLPBlock: Sendable {
  let index: Int
  let norm: LayerNorm
  let expansion: Linear
  let gating: SpatialGatingUnit
  let projection: Linear
  let grid: PatchGrid

  init(_ index: Int, _ configuration: ModelConfiguration, _ layout: ParameterLayout) {
    let name = "blocks.\(index)"
    self.index = index
    grid = configuration.patchGrid
    norm = LayerNorm("\(name).norm", epsilon: 1e-6, layout)
    expansion = Linear("\(name).mlp_channels.fc1", layout)
    gating = SpatialGatingUnit("\(name).mlp_channels.gate", tokens: grid.tokens, layout)
    projection = Linear("\(name).mlp_channels.fc2", layout)
  }

  /// From `input` to `output`, both (S·N, D), a chunk of samples at a time.
  func forward<Element>(
    _ input: Matrix<Float>, into output: Matrix<Float>, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      let rows = grid.rows(of: chunk)
      let (input, output) = (input.rows(rows), output.rows(rows))
      let (preactivation, gate) = saved(rows, pass)
      let scratch = pass.workspace.scratch(rows: rows.count)

      norm.forward(input, statistics: scratch.statistics, into: scratch.normalized, pass)
      expansion.product(scratch.normalized, into: preactivation, pass)
      pass.enter(.gelu)
      geluForward(
        preactivation, bias: pass.weights.matrix(expansion.bias), into: scratch.activated)
      gating.forward(gate: gate, scratch, pass)
      projection.product(scratch.gated, into: scratch.branch, pass)
      addBranch(scratch.branch, of: chunk, to: input, into: output, pass)

      try pass.check(scratch.normalized, norm.name, "activation")
      try pass.check(preactivation, expansion.name, "activation")
      try pass.check(scratch.gateInput, gating.norm.name, "activation")
      try pass.check(gate, gating.projection.name, "activation")
      try pass.check(scratch.gated, "blocks.\(index).mlp_channels.gate", "activation")
      try pass.check(output, projection.name, "activation")
    }
  }

  /// `dStream` (S·N, D) is the gradient of the output on entry and receives that of the input.
  ///
  /// Overwrites what forward saved, but for `input`.
  func backward<Element>(
    _ dStream: Matrix<Float>, input: Matrix<Float>, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      let rows = grid.rows(of: chunk)
      let (input, dStream) = (input.rows(rows), dStream.rows(rows))
      let (preactivation, gate) = saved(rows, pass)
      let scratch = pass.workspace.scratch(rows: rows.count)

      norm.forward(input, statistics: scratch.statistics, into: scratch.normalized, pass)
      pass.enter(.gelu)
      geluForward(
        replacingByDerivative: preactivation, bias: pass.weights.matrix(expansion.bias),
        into: scratch.activated)
      gating.recompute(gate: gate, scratch, pass)

      scaleGradient(dStream, of: chunk, into: scratch.dBranch, pass)
      projection.weightBackward(scratch.dBranch, input: scratch.gated, pass)
      projection.inputBackward(
        scratch.dBranch, weights: pass.operands, into: scratch.dGated, pass)
      gating.backward(gate: gate, scratch, pass)
      pass.enter(.gelu)
      geluBackward(
        scratch.activated, derivative: preactivation,
        dBias: pass.gradient.matrix(expansion.bias))
      expansion.weightBackward(preactivation, input: scratch.normalized, pass)
      expansion.inputBackward(
        preactivation, weights: pass.operands, into: scratch.dNormalized, pass)
      norm.backward(
        scratch.dNormalized, input: input, statistics: scratch.statistics, into: dStream,
        adding: true, pass)

      try pass.check(scratch.dGated, gating.norm.name, "gradient")
      try pass.check(preactivation, expansion.name, "gradient")
      try pass.check(dStream, "blocks.\(index)", "gradient")
    }
  }

  private func saved<Element>(
    _ rows: Range<Int>, _ pass: Pass<Element>
  ) -> (preactivation: Matrix<Element>, gate: Matrix<Element>) {
    let block = pass.workspace.layout.blocks[index]
    return (
      pass.workspace.operands(block.preactivation).rows(rows),
      pass.workspace.operands(block.gate).rows(rows)
    )
  }

  private func addBranch<Element>(
    _ branch: Matrix<Float>, of chunk: Range<Int>, to input: Matrix<Float>,
    into output: Matrix<Float>, _ pass: Pass<Element>
  ) {
    pass.enter(.residual)
    for sample in chunk {
      let rows = grid.rows(of: (sample - chunk.lowerBound)..<(sample - chunk.lowerBound + 1))
      residualForward(
        input.rows(rows), branch: branch.rows(rows),
        bias: pass.weights.matrix(projection.bias),
        scale: pass.branchScale(sample, block: index), into: output.rows(rows))
    }
  }

  private func scaleGradient<Element>(
    _ dStream: Matrix<Float>, of chunk: Range<Int>, into dBranch: Matrix<Element>,
    _ pass: Pass<Element>
  ) {
    pass.enter(.residual)
    for sample in chunk {
      let rows = grid.rows(of: (sample - chunk.lowerBound)..<(sample - chunk.lowerBound + 1))
      residualBackward(
        dStream.rows(rows), scale: pass.branchScale(sample, block: index),
        dBranch: dBranch.rows(rows), dBias: pass.gradient.matrix(projection.bias))
    }
  }
}
