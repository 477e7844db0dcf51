/// What tokens mix, without gating: `output = gate + bias`, one bias a token.
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
