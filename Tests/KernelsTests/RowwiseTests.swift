import Kernels
import TestSupport
import Testing

@Suite("Biases, copies and sums of matrices")
struct RowwiseTests {
  @Test("They do to each element what they say", arguments: oddSizes)
  func elements(size: TestSize) {
    var random = RandomValues(seed: 47)
    let (values, bias) = (random.array(size.count), random.array(size.columns))
    let matrix = Matrix(values, columns: size.columns)
    addBias(Matrix(bias, columns: size.columns), to: matrix)
    let biased = values.indices.map { Float(values[$0]) + Float(bias[$0 % size.columns]) }
    #expect(matrix.values == biased)

    let other = Matrix(zeros: size.rows, size.columns)
    copy(matrix, to: other)
    #expect(other.values == biased)
    add(Matrix(values, columns: size.columns), to: other)
    #expect(other.values == zip(biased, values).map { $0 + Float($1) })
    clear(other)
    #expect(other.values.allSatisfy { $0 == 0 })
    #expect(matrix.surroundingsAreUntouched && other.surroundingsAreUntouched)
  }

  @Test("The gradient of a bias is the sum of the rows, in bf16 too", arguments: oddSizes)
  func bias(size: TestSize) {
    var random = RandomValues(seed: 48)
    // Multiples of 1/8 below 1 are exact in bf16, and so are their sums in fp32.
    let values = random.array(size.count).map { ($0 * 8).rounded() / 8 }
    let dBias = Matrix(zeros: 1, size.columns)
    biasBackward(Matrix<BFloat16>(rounding: values, columns: size.columns), dBias: dBias)
    #expect(
      dBias.values.map(Double.init) == ReferenceKernels.columnSums(values, columns: size.columns))
  }
}
