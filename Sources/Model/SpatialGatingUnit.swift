import Kernels
import Profiling

/// The spatial gating unit: `u ∘ (W·LN(v) + b)`, where (u, v) are the halves of the channels.
///
/// W (N, N) mixes the tokens and is shared by all channels.
struct SpatialGatingUnit: Sendable {
  let norm: LayerNorm
  let projection: Linear
  let tokens: Int

  init(_ name: String, tokens: Int, _ layout: ParameterLayout) {
    norm = LayerNorm("\(name).norm", epsilon: 1e-5, layout)
    projection = Linear("\(name).proj", layout)
    self.tokens = tokens
  }

  /// Gates `scratch.activated` (C·N, F) into `scratch.gated` (C·N, H); keeps W·LN(v) in `gate`.
  func forward<Element>(
    gate: Matrix<Element>, _ scratch: BlockScratch<Element>, _ pass: Pass<Element>
  ) {
    let (_, v) = scratch.activated.halves
    norm.forward(v, statistics: scratch.gateStatistics, into: scratch.gateInput, pass)
    pass.enter(.spatial)
    for rows in samples(gate) {
      pass.multiplier.multiply(
        pass.operands.matrix(projection.weight), scratch.gateInput.rows(rows),
        into: gate.rows(rows))
    }
    applyGate(gate, scratch, pass)
  }

  /// Computes again what forward left in `scratch`, from the `gate` it kept.
  func recompute<Element>(
    gate: Matrix<Element>, _ scratch: BlockScratch<Element>, _ pass: Pass<Element>
  ) {
    let (_, v) = scratch.activated.halves
    norm.forward(v, statistics: scratch.gateStatistics, into: scratch.gateInput, pass)
    applyGate(gate, scratch, pass)
  }

  /// From `scratch.dGated`: `scratch.activated` becomes its own gradient.
  ///
  /// Overwrites `gate` and `scratch.dGated` too.
  func backward<Element>(
    gate: Matrix<Element>, _ scratch: BlockScratch<Element>, _ pass: Pass<Element>
  ) {
    let (u, v) = scratch.activated.halves
    let weight = pass.operands.matrix(projection.weight)
    for rows in samples(gate) {
      pass.enter(.gate)
      spatialGateBackward(
        scratch.dGated.rows(rows), u: u.rows(rows), gate: gate.rows(rows),
        bias: pass.weights.matrix(projection.bias),
        dBias: pass.gradient.matrix(projection.bias))
      let dGate = gate.rows(rows)
      pass.enter(.spatialWeights)
      pass.multiplier.multiply(
        dGate, scratch.gateInput.rows(rows).transposed,
        addingTo: pass.gradient.matrix(projection.weight))
      pass.enter(.spatial)
      pass.multiplier.multiply(weight.transposed, dGate, into: scratch.dGated.rows(rows))
    }
    norm.backward(
      scratch.dGated, input: v, statistics: scratch.gateStatistics, into: v, adding: false, pass)
  }

  private func applyGate<Element>(
    _ gate: Matrix<Element>, _ scratch: BlockScratch<Element>, _ pass: Pass<Element>
  ) {
    pass.enter(.gate)
    let (u, _) = scratch.activated.halves
    for rows in samples(gate) {
      spatialGateForward(
        u.rows(rows), gate: gate.rows(rows), bias: pass.weights.matrix(projection.bias),
        into: scratch.gated.rows(rows))
    }
  }

  private func samples<Element>(_ matrix: Matrix<Element>) -> [Range<Int>] {
    (0..<(matrix.rows / tokens)).map { ($0 * tokens)..<(($0 + 1) * tokens) }
  }
}

extension Matrix {
  /// The left and the right half of the columns.
  fileprivate var halves: (Matrix<Element>, Matrix<Element>) {
    (columns(0..<(columns / 2)), columns((columns / 2)..<columns))
  }
}

/// The matrices that a block works in.
typealias BlockScratch<Element: Numeral> = Scratch<Matrix<Float>, Matrix<Element>>
