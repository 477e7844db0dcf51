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

/// Like ``geluForward(_:bias:into:)``, and replaces `input` by the derivative GELU′(input + bias).
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
  /// The numbers that are positive or NaN, and zero for the others.
  @inline(__always)
  fileprivate var positivePart: SIMD16<Float> { replacing(with: 0, where: self .< 0) }
}

/// What GELU and its derivative need from the standard normal distribution, at sixteen t ≥ 0.
///
/// With Φ the distribution and φ its density: GELU(±t) = max(±t, 0) - t · Φ(-t), and the derivative
/// at -t is Φ(-t) - t · φ(t), at t one minus that.
public struct Gaussian {
  /// Φ(-t).
  let tail: SIMD16<Float>
  /// Φ(-t) - t · φ(t).
  let slope: SIMD16<Float>
}

extension Float {
  /// Accurate to rounding: the tail has a relative error of 7 · 2⁻²⁴ up to t = 12.5.
  ///
  /// The tail is exp(-t² / 2) · R(t), where (t + 3.5) · R(t) is a polynomial in (t - 3.5) / (t + 3.5), fitted for the
  /// least relative error, 4.3e-9. So small tails keep their relative accuracy, unlike 1 - Φ(t). Beyond t = 12.5 both
  /// keep their values at 12.5, which are below 1.2e-34.
  @inline(__always)
  public static func gaussian(_ magnitude: SIMD16<Float>) -> Gaussian {
    let limit = SIMD16<Float>(repeating: 12.5)
    let t = magnitude.replacing(with: limit, where: magnitude .> limit)
    let square = t * t
    let lost = (-square).addingProduct(t, t)
    let density = (square * -0.5).exponential(correction: lost * -0.5)
    let reciprocal = 1 / (t + 3.5)
    let y = SIMD16(repeating: 1).addingProduct(reciprocal, -7)
    let series = y.polynomial([
      0.744_416_058_063_507, -0.565_561_771_392_822, 0.315_424_919_128_418, -0.116_052_396_595_478,
      0.017_408_281_564_712_5, 0.006_489_690_858_870_7, -0.003_185_084_555_298_1,
      -0.000_492_374_994_792_04, 0.000_438_125_425_716_82, 0.000_119_160_773_464_70,
    ])
    let tail = density * (series * reciprocal)
    return Gaussian(
      tail: tail, slope: tail.addingProduct(magnitude * -0.398_942_280_401_432_7, density))
  }
}

extension BFloat16 {
  /// Accurate to 2⁻¹⁴·⁵, a ninetieth of the largest error of rounding to bf16; for the tail relative to its size up to
  /// t = 8.
  ///
  /// log₂ Φ(-t) is smooth enough for a polynomial, and the slope is the tail times another one. Both are fitted on 0...8
  /// for the least visible error. Beyond 8, tail and slope keep their values at 8, which are below 10⁻¹³.
  @inline(__always)
  public static func gaussian(_ magnitude: SIMD16<Float>) -> Gaussian {
    let limit = SIMD16<Float>(repeating: 8)
    let t = magnitude.replacing(with: limit, where: magnitude .> limit)
    let logarithm = t.polynomial([
      -1.000_043_1, -1.150_609_9, -0.459_956_85, -0.052_635_377, 0.007_944_578,
      -0.000_807_248_25, 4.820_329_9e-5, -1.262_458_9e-6,
    ])
    let tail = logarithm.powerOfTwo
    let ratio = t.polynomial([
      0.999_995_28, -0.797_725_96, -0.637_358_66, -0.108_237_54, 0.019_890_472, -0.001_683_970_8,
    ])
    return Gaussian(tail: tail, slope: tail * ratio)
  }
}
