/// `output = gain ∘ input + shift`, channel by channel and without statistics.
///
/// - Parameters:
///   - input: (R, D).
///   - gain: (1, D).
///   - shift: (1, D); or nil for none, as when a branch is scaled.
///   - output: (R, D); may be `input` itself.
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Rounding: once in `Float`, as gain and shift are one fused multiply-add, and once to the kind of the output.
///   Source: Touvron et al., "ResMLP", arXiv:2105.03404.
@specialized(where Input == Float, Output == Float)
@specialized(where Input == Float, Output == BFloat16)
@specialized(where Input == BFloat16, Output == Float)
public func affineForward<Input: Numeral, Output: Numeral>(
  _ input: Matrix<Input>, gain: Matrix<Float>, shift: Matrix<Float>?,
  into output: Matrix<Output>
) {
  gain.requireShape(1, input.columns, "gain")
  shift?.requireShape(1, input.columns, "shift")
  output.requireShape(input.rows, input.columns, "output")
  let gain = gain.row(0)
  for index in 0..<input.rows {
    let (input, output) = (input.row(index), output.row(index))
    if let shift = shift?.row(0) {
      for lanes in Lanes.of(input.count) {
        output[lanes] = shift[lanes].addingProduct(input[lanes], gain[lanes])
      }
    } else {
      for lanes in Lanes.of(input.count) { output[lanes] = input[lanes] * gain[lanes] }
    }
  }
}

/// Gradients of ``affineForward(_:gain:shift:into:)``.
///
/// - Parameters:
///   - dOutput: (R, D).
///   - input: (R, D).
///   - gain: (1, D).
///   - dGain: (1, D), the sum over the rows is added to it, first row first.
///   - dShift: (1, D), likewise; or nil if there is no shift.
///   - dInput: (R, D) receives the gradient; may be `input` or `dOutput` itself.
///   - adding: whether the gradient is added to `dInput` instead, as after a shortcut.
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func affineBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, input: Matrix<Element>, gain: Matrix<Float>,
  dGain: Matrix<Float>, dShift: Matrix<Float>?, into dInput: Matrix<Element>, adding: Bool
) {
  input.requireShape(dOutput.rows, dOutput.columns, "input")
  gain.requireShape(1, dOutput.columns, "gain")
  dGain.requireShape(1, dOutput.columns, "dGain")
  dInput.requireShape(dOutput.rows, dOutput.columns, "dInput")
  if let dShift { biasBackward(dOutput, dBias: dShift) }
  let (gain, dGain) = (gain.row(0), dGain.row(0))
  for index in 0..<dOutput.rows {
    let (dOutput, input, dInput) = (dOutput.row(index), input.row(index), dInput.row(index))
    for lanes in Lanes.of(dOutput.count) {
      let gradient = dOutput[lanes]
      dGain[lanes] = dGain[lanes].addingProduct(gradient, input[lanes])
      dInput[lanes] =
        adding
        ? dInput[lanes].addingProduct(gradient, gain[lanes]) : gradient * gain[lanes]
    }
  }
}

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
