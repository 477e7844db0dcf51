import Kernels
import TestSupport
import Testing

@Suite("Biases, copies and sums of matrices")
struct RowwiseTests {
  @Test("They do what they say to each element", arguments: oddSizes)
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

  @Test("Elements are multiplied in groups of four within a row", arguments: oddSizes)
  func groups(size: TestSize) {
    var random = RandomValues(seed: 49)
    let values = random.array(size.count)
    let matrix = Matrix(values, columns: size.columns)
    multiply(matrix) { SIMD4(0, 1, 2, 3) + Float($0) }
    let groups = (size.columns + 3) / 4
    let expected = values.indices.map { place in
      let (row, column) = (place / size.columns, place % size.columns)
      return Float(values[place]) * Float(row * groups + column / 4 + column % 4)
    }
    #expect(matrix.values == expected && matrix.surroundingsAreUntouched)
  }

  @Test("Biases of distances come from their buckets, and their gradients go back")
  func buckets() {
    let table = Matrix([1.0, 2, 3, 4, 5, 6], columns: 2)
    let spread = Matrix(zeros: 2, 4)
    relativeBiasForward(table, buckets: [2, 0, 0, 1], into: spread)
    #expect(spread.values == [5, 1, 1, 3, 6, 2, 2, 4])
    relativeBiasBackward(
      Matrix([1.0, 2, 3, 4, 5, 6, 7, 8], columns: 4), buckets: [2, 0, 0, 1], factor: 2,
      addingTo: table)
    // 1 + 2·(2 + 3), 2 + 2·(6 + 7), 3 + 2·4, 4 + 2·8, 5 + 2·1, 6 + 2·5.
    #expect(table.values == [11, 28, 11, 20, 7, 16])
  }

  @Test("Keys of the hidden token get the value, the others nothing")
  func keys() {
    let keys = Matrix(zeros: 1, 3)
    let tokens: [Int32] = [0, 7, 0, 5, 0]
    hideKeys(tokens.span, from: 1, hidden: 0, value: -9, into: keys)
    #expect(keys.values == [0, -9, 0] && keys.surroundingsAreUntouched)
  }
}
