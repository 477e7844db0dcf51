/// Writes the mean of the rows of `input` (N, D) to `output` (1, D).
///
/// - Precondition: the shapes agree. Traps otherwise.
public func meanPoolingForward(_ input: Matrix<Float>, into output: Matrix<Float>) {
  output.requireShape(1, input.columns, "output")
  let output = output.row(0)
  for lanes in Lanes.of(output.count) { output[lanes] = SIMD16(repeating: 0) }
  for index in 0..<input.rows {
    let input = input.row(index)
    for lanes in Lanes.of(output.count) { output[lanes] += input[lanes] }
  }
  for lanes in Lanes.of(output.count) { output[lanes] /= Float(input.rows) }
}

/// Gradient of ``meanPoolingForward(_:into:)``: every row of `dInput` (N, D) is `dOutput` (1, D) / N.
///
/// - Precondition: the shapes agree. Traps otherwise.
public func meanPoolingBackward(_ dOutput: Matrix<Float>, into dInput: Matrix<Float>) {
  dOutput.requireShape(1, dInput.columns, "dOutput")
  let dOutput = dOutput.row(0)
  for index in 0..<dInput.rows {
    let row = dInput.row(index)
    for lanes in Lanes.of(row.count) { row[lanes] = dOutput[lanes] / Float(dInput.rows) }
  }
}
