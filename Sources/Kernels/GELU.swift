/// `output = GELU(input + bias)` with the exact GELU, x · Φ(x).
///
/// - Parameters:
///   - input: (R, F).
///   - bias: (1, F), added to every row.
///   - output: (R, F).
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Rounding: for x = input + bias as rounded to `Float`, off by at most 7 · 2⁻²⁴ of the
///   result's own size down to x = -12.5, and by less than 10⁻³² below; in bf16 by at most 2⁻⁸ + 2⁻¹⁴
///   down to x = -8, and by less than 10⁻¹⁴ · |x| below. Tests measure it.
///   Source: Hendrycks, Gimpel, arXiv:1606.08415.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func geluForward<Element: Numeral>(
  _ input: Matrix<Element>, bias: Matrix<Float>, into output: Matrix<Element>
) {
  bias.requireShape(1, input.columns, "bias")
  output.requireShape(input.rows, input.columns, "output")
  let bias = bias.row(0)
  for index in 0..<input.rows {
    let (input, output) = (input.row(index), output.row(index))
    for lanes in Lanes.of(input.count) {
      let x = input[lanes] + bias[lanes]
      let t = x.magnitudes
      output[lanes] = x.positivePart.addingProduct(-t, Element.gaussian(t).tail)
    }
  }
}

/// As ``geluForward(_:bias:into:)``, and replaces `input` by the derivative GELU′(input + bias).
///
/// - Parameters:
///   - input: (R, F) on entry; receives the derivative, which ``geluBackward(_:derivative:dBias:)`` takes.
///   - bias: (1, F), added to every row.
///   - output: (R, F), the same bits as in ``geluForward(_:bias:into:)``.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func geluForward<Element: Numeral>(
  replacingByDerivative input: Matrix<Element>, bias: Matrix<Float>,
  into output: Matrix<Element>
) {
  bias.requireShape(1, input.columns, "bias")
  output.requireShape(input.rows, input.columns, "output")
  let bias = bias.row(0)
  for index in 0..<input.rows {
    let (input, output) = (input.row(index), output.row(index))
    for lanes in Lanes.of(input.count) {
      let x = input[lanes] + bias[lanes]
      let t = x.magnitudes
      let gaussian = Element.gaussian(t)
      output[lanes] = x.positivePart.addingProduct(-t, gaussian.tail)
      input[lanes] = gaussian.slope.replacing(with: 1 - gaussian.slope, where: x .>= 0)
    }
  }
}

/// Gradient of ``geluForward(_:bias:into:)``: `dInput = dOutput ∘ derivative`, in place.
///
/// - Parameters:
///   - dOutput: (R, F).
///   - derivative: (R, F) on entry; receives dInput.
///   - dBias: (1, F), the sum of dInput over the rows is added to it.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func geluBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, derivative: Matrix<Element>, dBias: Matrix<Float>
) {
  derivative.requireShape(dOutput.rows, dOutput.columns, "derivative")
  dBias.requireShape(1, dOutput.columns, "dBias")
  let dBias = dBias.row(0)
  for index in 0..<dOutput.rows {
    let (dOutput, derivative) = (dOutput.row(index), derivative.row(index))
    for lanes in Lanes.of(dOutput.count) {
      let dInput = dOutput[lanes] * derivative[lanes]
      derivative[lanes] = dInput
      dBias[lanes] += dInput
    }
  }
}

extension SIMD16<Float> {
  /// The numbers themselves where positive or not a number, else zero.
  @inline(__always)
  fileprivate var positivePart: SIMD16<Float> { replacing(with: 0, where: self .< 0) }
}
