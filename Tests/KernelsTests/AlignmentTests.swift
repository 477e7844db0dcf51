import Kernels
import TestSupport
import Testing

@Suite("Alignment")
struct AlignmentTests {
  @Test(
    "Where an operand lies in memory changes no bit", arguments: 1..<17, ProductLibrary.available)
  func offsets(offset: Int, library: ProductLibrary) {
    #expect(results(offset: offset, library) == results(offset: 0, library))
  }

  @Test(
    "Nor does it in products of more than a block", arguments: [1, 3, 8, 16, 17],
    ProductLibrary.available)
  func largeProducts(offset: Int, library: ProductLibrary) {
    for transposes in [(false, false), (false, true), (true, false)] {
      #expect(
        product(transposes, offset: offset, library) == product(transposes, offset: 0, library))
    }
  }

  /// The bits of a product of (130, 257) and (257, 131), each operand stored plain or transposed.
  private func product(
    _ transposes: (Bool, Bool), offset: Int, _ library: ProductLibrary
  ) -> [UInt32] {
    var random = RandomValues(seed: 41)
    func matrix(_ rows: Int, _ columns: Int, isTransposed: Bool) -> Matrix<Float> {
      let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
      let matrix = Matrix(random.array(height * width), columns: width, offset: offset)
      return isTransposed ? matrix.transposed : matrix
    }
    let left = matrix(130, 257, isTransposed: transposes.0)
    let right = matrix(257, 131, isTransposed: transposes.1)
    let product = matrix(130, 131, isTransposed: false)
    let multiplier = MatrixMultiplier(library)
    multiplier.multiply(left, right, into: product)
    multiplier.multiply(left, right, addingTo: product)
    return product.values.map(\.bitPattern)
  }

  /// The bits of a product, an activation, a normalisation and its gradients on 17 × 31 numbers.
  private func results(offset: Int, _ library: ProductLibrary) -> [UInt32] {
    var random = RandomValues(seed: 40)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(random.array(rows * columns), columns: columns, offset: offset)
    }
    let (x, weight, gain, bias) = (matrix(17, 31), matrix(31, 31), matrix(1, 31), matrix(1, 31))
    let (product, output) = (matrix(17, 31), matrix(17, 31))
    let (statistics, dInput) = (matrix(17, 2), matrix(17, 31))
    MatrixMultiplier(library).multiply(x, weight.transposed, into: product)
    geluForward(product, bias: bias, into: output)
    layerNormForward(
      output, gain: gain, bias: bias, epsilon: 1e-6, statistics: statistics, into: product)
    layerNormBackward(
      product, input: output, statistics: statistics, gain: gain, dGain: bias,
      dBias: matrix(1, 31), into: dInput, adding: true)
    return (product.values + output.values + dInput.values + bias.values).map(\.bitPattern)
  }
}
