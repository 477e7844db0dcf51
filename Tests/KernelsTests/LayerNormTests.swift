import Kernels
import TestSupport
import Testing

@Suite("Layer normalisation")
struct LayerNormTests {
  private let epsilon: Float = 1e-3

  @Test("Forward and gradients agree with the reference", arguments: oddSizes)
  func gradients(size: TestSize) {
    var random = RandomValues(seed: 3)
    let (x, dY) = (random.array(size.count).map { $0 + 1 }, random.array(size.count))
    let (gain, bias) = (random.array(size.columns), random.array(size.columns))
    let rounded = x.map { Double(Float($0)) }
    let (input, statistics) = (Matrix(x, columns: size.columns), Matrix(zeros: size.rows, 2))
    let output = Matrix(zeros: size.rows, size.columns)
    let (dGain, dBias) = (Matrix(zeros: 1, size.columns), Matrix(zeros: 1, size.columns))
    let gainMatrix = Matrix(gain, columns: size.columns)
    layerNormForward(
      input, gain: gainMatrix, bias: Matrix(bias, columns: size.columns), epsilon: epsilon,
      statistics: statistics, into: output)
    let added = Matrix(dY, columns: size.columns)
    layerNormBackward(
      Matrix(dY, columns: size.columns), input: input, statistics: statistics, gain: gainMatrix,
      dGain: Matrix(zeros: 1, size.columns), dBias: Matrix(zeros: 1, size.columns), into: added,
      adding: true)
    let inPlace = Matrix(dY, columns: size.columns)
    layerNormBackward(
      inPlace, input: input, statistics: statistics, gain: gainMatrix,
      dGain: Matrix(zeros: 1, size.columns), dBias: Matrix(zeros: 1, size.columns), into: inPlace,
      adding: false)
    layerNormBackward(
      Matrix(dY, columns: size.columns), input: input, statistics: statistics, gain: gainMatrix,
      dGain: dGain, dBias: dBias, into: input, adding: false)
    #expect(inPlace.values == input.values)

    let expected = ReferenceKernels.layerNorm(
      rounded, gain: gain, bias: bias, epsilon: Double(epsilon))
    let gradients = ReferenceKernels.layerNormGradients(
      dY, input: rounded, gain: gain, epsilon: Double(epsilon))
    // Sums of D terms along a row and of R along a column. The mean is about three deviations, so
    // that centring magnifies rounding threefold; a row of one is all cancellation.
    let tolerance = 3 * Double(size.columns + size.rows + 12) * 0x1p-24
    #expect(relativeError(output.values, expected) < tolerance)
    #expect(absoluteOrRelative(input.values, gradients.dInput) < tolerance)
    #expect(
      absoluteOrRelative(added.values, zip(gradients.dInput, dY).map(+)) < tolerance)
    #expect(absoluteOrRelative(dGain.values, gradients.dGain) < tolerance)
    #expect(relativeError(dBias.values, gradients.dBias) < tolerance)
    #expect(output.surroundingsAreUntouched && input.surroundingsAreUntouched)
  }

  /// The norm of the difference, relative where the expected norm is above 1.
  private func absoluteOrRelative(_ values: [Float], _ expected: [Double]) -> Double {
    let difference = zip(values, expected).map { (Double($0) - $1) * (Double($0) - $1) }
    let size = expected.map { $0 * $0 }.reduce(0, +)
    return (difference.reduce(0, +) / max(size, 1)).squareRoot()
  }

  @Test("A large mean costs no accuracy beyond its own rounding")
  func largeMean() {
    let x = (0..<31).map { 1e4 + Double($0) }
    let output = Matrix(zeros: 1, 31)
    let ones = Matrix([Double](repeating: 1, count: 31), columns: 31)
    layerNormForward(
      Matrix(x, columns: 31), gain: ones, bias: Matrix(zeros: 1, 31), epsilon: epsilon,
      statistics: Matrix(zeros: 1, 2), into: output)
    let expected = ReferenceKernels.layerNorm(
      x, gain: [Double](repeating: 1, count: 31), bias: [Double](repeating: 0, count: 31),
      epsilon: Double(epsilon))
    // The mean is off by at most a few half units in the last place of 10⁴, the deviation is 9.
    #expect(relativeError(output.values, expected) < 4 * 1e4 * 0x1p-24 / 9)
  }
}
