import Kernels
import TestSupport
import Testing

@Suite("Alignment")
struct AlignmentTests {
  @Test("Where an operand lies in memory changes no bit", arguments: 1..<17)
  func offsets(offset: Int) {
    #expect(results(offset: offset) == results(offset: 0))
  }

  /// The bits of a product, an activation, a normalisation and its gradients on 17 × 31 numbers.
  private func results(offset: Int) -> [UInt32] {
    var random = RandomValues(seed: 40)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(random.array(rows * columns), columns: columns, offset: offset)
    }
    let (x, weight, gain, bias) = (matrix(17, 31), matrix(31, 31), matrix(1, 31), matrix(1, 31))
    let (product, output) = (matrix(17, 31), matrix(17, 31))
    let (statistics, dInput) = (matrix(17, 2), matrix(17, 31))
    MatrixMultiplier().multiply(x, weight.transposed, into: product)
    geluForward(product, bias: bias, into: output)
    layerNormForward(
      output, gain: gain, bias: bias, epsilon: 1e-6, statistics: statistics, into: product)
    layerNormBackward(
      product, input: output, statistics: statistics, gain: gain, dGain: bias,
      dBias: matrix(1, 31), into: dInput, adding: true)
    return (product.values + output.values + dInput.values + bias.values).map(\.bitPattern)
  }
}
