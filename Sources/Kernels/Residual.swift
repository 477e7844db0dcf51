/// `output = input + scale · (branch + bias)`: a block's shortcut.
///
/// - Parameters:
///   - input: (R, D).
///   - branch: (R, D).
///   - bias: (1, D), added to every row of the branch; nil if the branch has its bias already.
///   - scale: 1, or with stochastic depth 0 or 1 / survival probability.
///   - output: (R, D).
/// - Precondition: the shapes agree. Traps otherwise.
public func residualForward(
  _ input: Matrix<Float>, branch: Matrix<Float>, bias: Matrix<Float>?, scale: Float,
  into output: Matrix<Float>
) {
  branch.requireShape(input.rows, input.columns, "branch")
  bias?.requireShape(1, input.columns, "bias")
  output.requireShape(input.rows, input.columns, "output")
  let scale = SIMD16(repeating: scale)
  for index in 0..<input.rows {
    let (input, branch, output) = (input.row(index), branch.row(index), output.row(index))
    if let bias = bias?.row(0) {
      for lanes in Lanes.of(input.count) {
        output[lanes] = input[lanes].addingProduct(branch[lanes] + bias[lanes], scale)
      }
    } else {
      for lanes in Lanes.of(input.count) {
        output[lanes] = input[lanes].addingProduct(branch[lanes], scale)
      }
    }
  }
}

/// Gradients of ``residualForward(_:branch:bias:scale:into:)``; that of the input is `dOutput`.
///
/// - Parameters:
///   - dOutput: (R, D).
///   - scale: as in the forward pass.
///   - dBranch: (R, D) receives `scale · dOutput`, rounded to its kind.
///   - dBias: (1, D), the sum of `dBranch` over the rows is added to it; or nil.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func residualBackward<Element: Numeral>(
  _ dOutput: Matrix<Float>, scale: Float, dBranch: Matrix<Element>, dBias: Matrix<Float>?
) {
  dBranch.requireShape(dOutput.rows, dOutput.columns, "dBranch")
  dBias?.requireShape(1, dOutput.columns, "dBias")
  for index in 0..<dOutput.rows {
    let (dOutput, dBranch) = (dOutput.row(index), dBranch.row(index))
    if let dBias = dBias?.row(0) {
      for lanes in Lanes.of(dOutput.count) {
        let scaled = dOutput[lanes] * scale
        dBranch[lanes] = scaled
        dBias[lanes] += scaled
      }
    } else {
      for lanes in Lanes.of(dOutput.count) { dBranch[lanes] = dOutput[lanes] * scale }
    }
  }
}
