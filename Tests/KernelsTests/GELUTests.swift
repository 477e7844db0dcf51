import Kernels
import TestSupport
import Testing

@Suite("GELU")
struct GELUTests {
  private let points = (-60_000...60_000).map { Double(Float($0) / 4096) }

  @Test("Forward and derivative are exact to rounding from -14.6 to 14.6")
  func accuracy() {
    let input = Matrix(points, columns: points.count)
    let bias = Matrix(zeros: 1, points.count)
    let (output, again) = (Matrix(zeros: 1, points.count), Matrix(zeros: 1, points.count))
    geluForward(input, bias: bias, into: output)
    geluForward(replacingByDerivative: input, bias: bias, into: again)
    #expect(output.values == again.values)
    let (values, slopes) = (output.values, input.values)
    for (index, x) in points.enumerated() {
      let value = ReferenceKernels.gelu(x)
      let slope = ReferenceKernels.geluDerivative(x)
      // Below -12.5 the tail stays at its value there, which is less than 10⁻³³.
      #expect(
        abs(Double(values[index]) - value) <= valueBound * abs(value) + 1e-32)
      #expect(abs(Double(slopes[index]) - slope) <= slopeBound)
    }
  }

  /// Six roundings of relative size 2⁻²⁴ in the tail and the last sum, and the series' own error.
  private let valueBound = 7 * 0x1p-24

  /// The same of terms whose sizes are at most 1.2.
  private let slopeBound = 4 * 0x1p-24

  @Test("In bf16 forward and derivative are exact to its rounding from -14.6 to 14.6")
  func accuracyOfBFloat16() {
    let points = stride(from: Float(-14.6), through: 14.6, by: 0x1p-12)
      .map { Double(BFloat16(rounding: $0).float) }
    let input = Matrix<BFloat16>(rounding: points, columns: points.count)
    let bias = Matrix(zeros: 1, points.count)
    let output = Matrix<BFloat16>(rounding: points, columns: points.count)
    geluForward(replacingByDerivative: input, bias: bias, into: output)
    let (values, slopes) = (output.values, input.values)
    for (index, x) in points.enumerated() {
      let value = ReferenceKernels.gelu(x)
      let slope = ReferenceKernels.geluDerivative(x)
      // Below -8 the tail stays at its value there, which is less than 10⁻¹⁵.
      #expect(
        abs(Double(values[index]) - value) <= (0x1p-8 + 0x1p-14) * abs(value) + 1e-14,
        "at \(x)")
      #expect(
        abs(Double(slopes[index]) - slope) <= 0x1p-8 * abs(slope) + 0x1p-14, "at \(x)")
    }
  }

  @Test("What is not finite stays so")
  func notFinite() {
    let values = [Double.nan, .infinity, -.infinity]
    for value in values {
      let (input, output) = (Matrix([value], columns: 1), Matrix(zeros: 1, 1))
      geluForward(replacingByDerivative: input, bias: Matrix(zeros: 1, 1), into: output)
      #expect(!isFinite(output))
      #expect(value == .infinity || !isFinite(input))
    }
  }

  @Test("Bias and gradients agree with the reference", arguments: oddSizes)
  func gradients(size: TestSize) {
    var random = RandomValues(seed: 2)
    let (x, dOutput) = (random.array(size.count), random.array(size.count))
    let bias = random.array(size.columns)
    let sums = random.array(size.columns)
    let (input, output) = (Matrix(x, columns: size.columns), Matrix(zeros: size.rows, size.columns))
    let dBias = Matrix(sums, columns: size.columns)
    geluForward(
      replacingByDerivative: input, bias: Matrix(bias, columns: size.columns), into: output)
    geluBackward(Matrix(dOutput, columns: size.columns), derivative: input, dBias: dBias)

    let shifted = x.indices.map { x[$0] + bias[$0 % size.columns] }
    let expected = zip(dOutput, shifted).map { $0 * ReferenceKernels.geluDerivative($1) }
    let tolerance = 8 * 0x1p-24
    #expect(relativeError(output.values, shifted.map(ReferenceKernels.gelu)) < tolerance)
    #expect(relativeError(input.values, expected) < tolerance)
    let total = zip(sums, ReferenceKernels.columnSums(expected, columns: size.columns)).map(+)
    #expect(relativeError(dBias.values, total) < Double(size.rows + 8) * 0x1p-24)
    #expect(input.surroundingsAreUntouched && output.surroundingsAreUntouched)
  }
}
