import Kernels
import TestSupport
import Testing

@Suite("Toeplitz matrix")
struct ToeplitzTests {
  @Test("Row i begins with the weight N - 1 - i", arguments: [1, 2, 15, 16, 17, 33])
  func forward(count: Int) {
    var random = RandomValues(seed: 41)
    let weights = random.array(2 * count - 1)
    let matrix = Matrix(zeros: count, count)
    toeplitzForward(Matrix(weights, columns: weights.count), into: matrix)
    #expect(matrix.values.map(Double.init) == ReferenceKernels.toeplitz(weights))
    #expect(matrix.surroundingsAreUntouched)
  }

  @Test("Backward is its transpose: the sums of the diagonals", arguments: [1, 2, 15, 16, 17, 33])
  func backward(count: Int) {
    var random = RandomValues(seed: 42)
    let (dOutput, old) = (random.array(count * count), random.array(2 * count - 1))
    let dWeights = Matrix(old, columns: old.count)
    toeplitzBackward(Matrix(dOutput, columns: count), dWeights: dWeights)
    for (diagonal, value) in dWeights.values.enumerated() {
      let sum = (0..<count).filter { (0..<count).contains(diagonal + $0 - count + 1) }
        .reduce(old[diagonal]) { $0 + dOutput[$1 * count + diagonal + $1 - count + 1] }
      #expect(abs(Double(value) - sum) <= Double(count + 1) * Double(count + 1) * 0x1p-24)
    }
    #expect(dWeights.surroundingsAreUntouched)
  }
}
