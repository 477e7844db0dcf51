/// The gate of one sample: `output = u ∘ (gate + bias)`, one bias per token.
///
/// - Parameters:
///   - u: (N, H) half of the channels.
///   - gate: (N, H) W·v, the other half mixed over the tokens.
///   - bias: (1, N) b; 1 at the start, so that `output` is about `u`.
///   - output: (N, H).
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func spatialGateForward<Element: Numeral>(
  _ u: Matrix<Element>, gate: Matrix<Element>, bias: Matrix<Float>, into output: Matrix<Element>
) {
  gate.requireShape(u.rows, u.columns, "gate")
  bias.requireShape(1, u.rows, "bias")
  output.requireShape(u.rows, u.columns, "output")
  for token in 0..<u.rows {
    let (u, gate, output) = (u.row(token), gate.row(token), output.row(token))
    let bias = bias.row(0)[token]
    for lanes in Lanes.of(u.count) {
      output[lanes] = u[lanes] * (gate[lanes] + bias)
    }
  }
}

/// Gradients of ``spatialGateForward(_:gate:bias:into:)``, in place.
///
/// - Parameters:
///   - dOutput: (N, H).
///   - u: (N, H) on entry; receives du.
///   - gate: (N, H) on entry; receives the gradient of the gate.
///   - bias: (1, N).
///   - dBias: (1, N), the sum over the channels is added to it.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func spatialGateBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, u: Matrix<Element>, gate: Matrix<Element>, bias: Matrix<Float>,
  dBias: Matrix<Float>
) {
  u.requireShape(dOutput.rows, dOutput.columns, "u")
  gate.requireShape(dOutput.rows, dOutput.columns, "gate")
  bias.requireShape(1, dOutput.rows, "bias")
  dBias.requireShape(1, dOutput.rows, "dBias")
  for token in 0..<dOutput.rows {
    let (dOutput, u, gate) = (dOutput.row(token), u.row(token), gate.row(token))
    let bias = bias.row(0)[token]
    var sum = VectorSum()
    for lanes in Lanes.of(dOutput.count) {
      let dGate = dOutput[lanes] * u[lanes]
      u[lanes] = dOutput[lanes] * (gate[lanes] + bias)
      gate[lanes] = dGate
      sum.add(dGate)
    }
    dBias.row(0)[token] += sum.total
  }
}

/// The mixed tokens, without gating: `output = gate + bias`, one bias per token.
///
/// - Parameters:
///   - gate: (N, H) W·v, mixed over the tokens.
///   - bias: (1, N).
///   - output: (N, H).
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, table 3.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func spatialSumForward<Element: Numeral>(
  gate: Matrix<Element>, bias: Matrix<Float>, into output: Matrix<Element>
) {
  bias.requireShape(1, gate.rows, "bias")
  output.requireShape(gate.rows, gate.columns, "output")
  for token in 0..<gate.rows {
    let (gate, output, bias) = (gate.row(token), output.row(token), bias.row(0)[token])
    for lanes in Lanes.of(gate.count) { output[lanes] = gate[lanes] + bias }
  }
}

/// Gradients of ``spatialSumForward(gate:bias:into:)``.
///
/// - Parameters:
///   - dOutput: (N, H).
///   - dGate: (N, H) receives `dOutput`.
///   - dBias: (1, N), the sum over the channels is added to it.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func spatialSumBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, dGate: Matrix<Element>, dBias: Matrix<Float>
) {
  dGate.requireShape(dOutput.rows, dOutput.columns, "dGate")
  dBias.requireShape(1, dOutput.rows, "dBias")
  for token in 0..<dOutput.rows {
    let (dOutput, dGate) = (dOutput.row(token), dGate.row(token))
    var sum = VectorSum()
    for lanes in Lanes.of(dOutput.count) {
      let values = dOutput[lanes]
      dGate[lanes] = values
      sum.add(values)
    }
    dBias.row(0)[token] += sum.total
  }
}
