import Kernels
import Profiling

/// Normalises the tokens, takes their mean and projects it to one logit a class.
struct ClassHead: Sendable {
  let norm: LayerNorm
  let projection: Linear
  let grid: PatchGrid

  init(_ configuration: ModelConfiguration, _ layout: ParameterLayout) {
    norm = LayerNorm("norm", epsilon: 1e-6, layout)
    projection = Linear("head", layout)
    grid = configuration.patchGrid
  }

  /// Tokens (S·N, D) to logits (S, classes).
  func forward<Element>(
    _ input: Matrix<Float>, into logits: Matrix<Float>, _ pass: Pass<Element>
  ) throws(ModelError) {
    let pooled = pooled(pass)
    for sample in 0..<pass.count {
      let scratch = pass.workspace.scratch(rows: grid.tokens)
      norm.forward(
        input.rows(grid.rows(of: sample..<(sample + 1))), statistics: scratch.statistics,
        into: scratch.headNormalized, pass)
      pass.enter(.head)
      meanPoolingForward(scratch.headNormalized, into: pooled.rows(sample..<(sample + 1)))
    }
    projection.forward(pooled, into: logits, pass)
    try pass.check(pooled, norm.name, "activation")
    try pass.check(logits, projection.name, "activation")
  }

  /// From the gradient of the logits (S, classes) to that of the tokens, `dStream` (S·N, D).
  func backward<Element>(
    _ dLogits: Matrix<Float>, input: Matrix<Float>, into dStream: Matrix<Float>,
    _ pass: Pass<Element>
  ) throws(ModelError) {
    let dPooled = pass.workspace.floats(pass.workspace.layout.dPooled).rows(0..<pass.count)
    pass.enter(.head)
    biasBackward(dLogits, dBias: pass.gradient.matrix(projection.bias))
    projection.weightBackward(dLogits, input: pooled(pass), pass)
    projection.inputBackward(dLogits, weights: pass.weights, into: dPooled, pass)
    for sample in 0..<pass.count {
      let rows = grid.rows(of: sample..<(sample + 1))
      let scratch = pass.workspace.scratch(rows: grid.tokens)
      norm.forward(
        input.rows(rows), statistics: scratch.statistics, into: scratch.headNormalized, pass)
      pass.enter(.head)
      meanPoolingBackward(dPooled.rows(sample..<(sample + 1)), into: scratch.dNormalized)
      norm.backward(
        scratch.dNormalized, input: input.rows(rows), statistics: scratch.statistics,
        into: dStream.rows(rows), adding: false, pass)
    }
    try pass.check(dPooled, projection.name, "gradient")
    try pass.check(dStream, norm.name, "gradient")
  }

  private func pooled<Element>(_ pass: Pass<Element>) -> Matrix<Float> {
    pass.workspace.floats(pass.workspace.layout.pooled).rows(0..<pass.count)
  }
}
