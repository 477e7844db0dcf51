import Kernels
import TestSupport
import Testing

@Suite("Spatial sum")
struct SpatialSumTests {
  @Test("Forward and gradients agree with the reference", arguments: oddSizes)
  func gradients(size: TestSize) {
    var random = RandomValues(seed: 46)
    let (gate, bias) = (random.array(size.count), random.array(size.rows))
    let dOutput = random.array(size.count)
    let (output, dGate) = (
      Matrix(zeros: size.rows, size.columns), Matrix(zeros: size.rows, size.columns)
    )
    let dBias = Matrix(zeros: 1, size.rows)
    spatialSumForward(
      gate: Matrix(gate, columns: size.columns), bias: Matrix(bias, columns: size.rows),
      into: output)
    spatialSumBackward(Matrix(dOutput, columns: size.columns), dGate: dGate, dBias: dBias)

    let ones = [Double](repeating: 1, count: size.count)
    let expected = ReferenceKernels.spatialGate(ones, gate: gate, bias: bias)
    let gradients = ReferenceKernels.spatialGateGradients(
      dOutput, u: ones, gate: gate, bias: bias)
    #expect(relativeError(output.values, expected) < 0x1p-24)
    #expect(dGate.values.map(Double.init) == gradients.dGate)
    let bound = Double(size.columns + 1) * 0x1p-24 * Double(size.columns)
    for (value, expected) in zip(dBias.values, gradients.dBias) {
      #expect(abs(Double(value) - expected) <= bound)
    }
    #expect(output.surroundingsAreUntouched && dGate.surroundingsAreUntouched)
  }
}
