import Kernels
import TestSupport
import Testing

@Suite("Spatial gate")
struct SpatialGateTests {
  @Test("Forward and gradients agree with the reference", arguments: oddSizes)
  func gradients(size: TestSize) {
    var random = RandomValues(seed: 4)
    let (u, gate) = (random.array(size.count), random.array(size.count))
    let (dOutput, bias) = (random.array(size.count), random.array(size.rows))
    let (uMatrix, gateMatrix) = (
      Matrix(u, columns: size.columns), Matrix(gate, columns: size.columns)
    )
    let (output, dBias) = (Matrix(zeros: size.rows, size.columns), Matrix(zeros: 1, size.rows))
    let biasMatrix = Matrix(bias, columns: size.rows)
    spatialGateForward(uMatrix, gate: gateMatrix, bias: biasMatrix, into: output)
    spatialGateBackward(
      Matrix(dOutput, columns: size.columns), u: uMatrix, gate: gateMatrix, bias: biasMatrix,
      dBias: dBias)

    let expected = ReferenceKernels.spatialGateGradients(dOutput, u: u, gate: gate, bias: bias)
    let tolerance = 3 * 0x1p-24
    #expect(
      relativeError(
        output.values, ReferenceKernels.spatialGate(u, gate: gate, bias: bias)) < tolerance)
    #expect(relativeError(uMatrix.values, expected.dU) < tolerance)
    #expect(relativeError(gateMatrix.values, expected.dGate) < tolerance)
    let bound = Double(size.columns + 1) * 0x1p-24 * Double(size.columns)
    for (value, expected) in zip(dBias.values, expected.dBias) {
      #expect(abs(Double(value) - expected) <= bound)
    }
    #expect(uMatrix.surroundingsAreUntouched && gateMatrix.surroundingsAreUntouched)
  }
}
