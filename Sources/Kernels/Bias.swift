/// Copies `bias` (1, D) to every row of `output` (R, D), for a matrix product to be added to.
///
/// - Precondition: the shapes agree. Traps otherwise.
public func biasForward(_ bias: Matrix<Float>, into output: Matrix<Float>) {
  bias.requireShape(1, output.columns, "bias")
  let bias = bias.row(0)
  for index in 0..<output.rows {
    let output = output.row(index)
    for lanes in Lanes.of(output.count) { output[lanes] = bias[lanes] }
  }
}

/// Adds the sum of the rows of `dOutput` (R, D) to `dBias` (1, D), first row first.
///
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func biasBackward<Element: Numeral>(_ dOutput: Matrix<Element>, dBias: Matrix<Float>) {
  dBias.requireShape(1, dOutput.columns, "dBias")
  let dBias = dBias.row(0)
  for index in 0..<dOutput.rows {
    let dOutput = dOutput.row(index)
    for lanes in Lanes.of(dOutput.count) { dBias[lanes] += dOutput[lanes] }
  }
}

/// Adds `bias` (1, D) to every row of `output` (R, D).
///
/// Its gradient is ``biasBackward(_:dBias:)``.
///
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func addBias<Element: Numeral>(_ bias: Matrix<Float>, to output: Matrix<Element>) {
  bias.requireShape(1, output.columns, "bias")
  let bias = bias.row(0)
  for index in 0..<output.rows {
    let output = output.row(index)
    for lanes in Lanes.of(output.count) { output[lanes] += bias[lanes] }
  }
}
