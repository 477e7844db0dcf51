/// `output = gain ∘ (input - mean) / √(variance + ε) + bias`, row by row.
///
/// - Parameters:
///   - input: (R, D).
///   - gain: (1, D).
///   - bias: (1, D).
///   - epsilon: ε, added to the (biased) variance.
///   - statistics: (R, 2) receives each row's mean and 1 / √(variance + ε).
///   - output: (R, D).
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Source: Ba, Kiros, Hinton, "Layer Normalization", arXiv:1607.06450.
@specialized(where Input == Float, Output == Float)
@specialized(where Input == Float, Output == BFloat16)
@specialized(where Input == BFloat16, Output == BFloat16)
public func layerNormForward<Input: Numeral, Output: Numeral>(
  _ input: Matrix<Input>, gain: Matrix<Float>, bias: Matrix<Float>, epsilon: Float,
  statistics: Matrix<Float>,
  into output: Matrix<Output>
) {
  gain.requireShape(1, input.columns, "gain")
  bias.requireShape(1, input.columns, "bias")
  statistics.requireShape(input.rows, 2, "statistics")
  output.requireShape(input.rows, input.columns, "output")
  let (gain, bias) = (gain.row(0), bias.row(0))
  for rows in rowBlocks(input) {
    for index in rows { statistics.row(index)[0] = input.row(index).mean }
    for index in rows {
      let statistics = statistics.row(index)
      statistics[1] = input.row(index).reciprocalDeviation(mean: statistics[0], epsilon: epsilon)
    }
    for index in rows {
      let (input, output) = (input.row(index), output.row(index))
      let (mean, deviation) = (statistics.row(index)[0], statistics.row(index)[1])
      for lanes in Lanes.of(input.count) {
        let normalized = (input[lanes] - mean) * deviation
        output[lanes] = bias[lanes].addingProduct(normalized, gain[lanes])
      }
    }
  }
}

/// Gradients of ``layerNormForward(_:gain:bias:epsilon:statistics:into:)``.
///
/// - Parameters:
///   - dOutput: (R, D).
///   - input: (R, D).
///   - statistics: (R, 2) from the forward pass.
///   - gain: (1, D).
///   - dGain: (1, D), the sum over the rows is added to it.
///   - dBias: (1, D), the sum over the rows is added to it.
///   - dInput: (R, D) receives the gradient; may be `input` or `dOutput` itself.
///   - adding: whether the gradient is added to `dInput` instead, as after a shortcut.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func layerNormBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, input: Matrix<Element>, statistics: Matrix<Float>,
  gain: Matrix<Float>, dGain: Matrix<Float>,
  dBias: Matrix<Float>, into dInput: Matrix<Element>, adding: Bool
) {
  input.requireShape(dOutput.rows, dOutput.columns, "input")
  statistics.requireShape(dOutput.rows, 2, "statistics")
  gain.requireShape(1, dOutput.columns, "gain")
  dGain.requireShape(1, dOutput.columns, "dGain")
  dBias.requireShape(1, dOutput.columns, "dBias")
  dInput.requireShape(dOutput.rows, dOutput.columns, "dInput")
  let (gain, dGain, dBias) = (gain.row(0), dGain.row(0), dBias.row(0))
  for index in 0..<dOutput.rows {
    let (dOutput, input, dInput) = (dOutput.row(index), input.row(index), dInput.row(index))
    let (mean, deviation) = (statistics.row(index)[0], statistics.row(index)[1])
    var (sum, projection) = (VectorSum(), VectorSum())
    for lanes in Lanes.of(input.count) {
      let dOutput = dOutput[lanes]
      let normalized = lanes.masked((input[lanes] - mean) * deviation)
      let scaled = dOutput * gain[lanes]
      sum.add(scaled)
      projection.addProduct(scaled, normalized)
      dGain[lanes] = dGain[lanes].addingProduct(dOutput, normalized)
      dBias[lanes] += dOutput
    }
    let meanOfSum = sum.total / Float(input.count)
    let meanOfProjection = projection.total / Float(input.count)
    for lanes in Lanes.of(input.count) {
      let normalized = (input[lanes] - mean) * deviation
      let centred = (dOutput[lanes] * gain[lanes] - meanOfSum)
        .addingProduct(normalized, SIMD16(repeating: -meanOfProjection))
      let gradient = centred * deviation
      dInput[lanes] = adding ? dInput[lanes] + gradient : gradient
    }
  }
}

/// Rows that are normalised together, at most 32 and no more than fit into the first-level cache.
///
/// So the sums of the next row start while those of a short row are still under way.
@inline(__always)
private func rowBlocks<Element: Numeral>(_ matrix: Matrix<Element>) -> EvenParts {
  EvenParts(0..<matrix.rows, size: min(max(2048 / max(matrix.columns, 1), 1), 32))
}

extension Row {
  @inline(__always)
  fileprivate var mean: Float {
    var sum = VectorSum()
    for lanes in Lanes.of(count) { sum.add(self[lanes]) }
    return sum.total / Float(count)
  }

  /// 1 / √(variance + ε), with the variance of the centred values, so that a large mean costs no accuracy.
  @inline(__always)
  fileprivate func reciprocalDeviation(mean: Float, epsilon: Float) -> Float {
    var sum = VectorSum()
    for lanes in Lanes.of(count) {
      let centred = lanes.masked(self[lanes] - mean)
      sum.addProduct(centred, centred)
    }
    return 1 / (sum.total / Float(count) + epsilon).squareRoot()
  }
}
