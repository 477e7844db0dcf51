import Kernels
import TestSupport
import Testing

@Suite("Shortcut, bias and pooling")
struct ResidualTests {
  @Test("The shortcut adds the scaled branch", arguments: oddSizes, [Float(0), 1, 1.25])
  func residual(size: TestSize, scale: Float) {
    var random = RandomValues(seed: 5)
    let (x, branch) = (random.array(size.count), random.array(size.count))
    let (bias, dOutput) = (random.array(size.columns), random.array(size.count))
    let (output, dBranch) = (
      Matrix(zeros: size.rows, size.columns), Matrix(zeros: size.rows, size.columns)
    )
    let dBias = Matrix(zeros: 1, size.columns)
    residualForward(
      Matrix(x, columns: size.columns), branch: Matrix(branch, columns: size.columns),
      bias: Matrix(bias, columns: size.columns), scale: scale, into: output)
    residualBackward(
      Matrix(dOutput, columns: size.columns), scale: scale, dBranch: dBranch, dBias: dBias)

    let outputs = output.values
    for index in x.indices {
      let sum = branch[index] + bias[index % size.columns]
      let bound = 3 * 0x1p-24 * (abs(x[index]) + abs(sum) * Double(scale))
      #expect(
        abs(Double(outputs[index]) - x[index] - sum * Double(scale)) <= bound)
    }
    let scaled = dOutput.map { $0 * Double(scale) }
    #expect(relativeError(dBranch.values, scaled) <= 0x1p-24)
    let sums = ReferenceKernels.columnSums(scaled, columns: size.columns)
    let bound = Double(size.rows + 1) * 0x1p-24 * Double(size.rows) * 1.25
    for (value, expected) in zip(dBias.values, sums) {
      #expect(abs(Double(value) - expected) <= bound)
    }
  }

  @Test("A bias goes to every row, its gradient is the sum of the rows", arguments: oddSizes)
  func bias(size: TestSize) {
    var random = RandomValues(seed: 6)
    let (bias, dOutput) = (random.array(size.columns), random.array(size.count))
    let output = Matrix(zeros: size.rows, size.columns)
    let dBias = Matrix(bias, columns: size.columns)
    biasForward(Matrix(bias, columns: size.columns), into: output)
    biasBackward(Matrix(dOutput, columns: size.columns), dBias: dBias)
    #expect(output.values.enumerated().allSatisfy { $1 == Float(bias[$0 % size.columns]) })
    let sums = ReferenceKernels.columnSums(dOutput, columns: size.columns)
    let bound = Double(size.rows + 1) * 0x1p-24 * Double(size.rows + 1)
    for index in bias.indices {
      #expect(abs(Double(dBias.values[index]) - bias[index] - sums[index]) <= bound)
    }
  }

  @Test("Pooling is the mean of the rows, its gradient an equal share", arguments: oddSizes)
  func pooling(size: TestSize) {
    var random = RandomValues(seed: 7)
    let (x, dOutput) = (random.array(size.count), random.array(size.columns))
    let (output, dInput) = (Matrix(zeros: 1, size.columns), Matrix(zeros: size.rows, size.columns))
    let rows = Array(0..<size.rows)
    meanPoolingForward(Matrix(x, columns: size.columns), of: rows, into: output)
    meanPoolingBackward(Matrix(dOutput, columns: size.columns), of: rows, into: dInput)
    let sums = ReferenceKernels.columnSums(x, columns: size.columns)
    for index in sums.indices {
      let bound = Double(size.rows + 1) * 0x1p-24
      #expect(abs(Double(output.values[index]) - sums[index] / Double(size.rows)) <= bound)
    }
    let share = (0..<size.count).map { dOutput[$0 % size.columns] / Double(size.rows) }
    #expect(relativeError(dInput.values, share) <= 0x1p-24)
  }

  @Test("Rows that are left out of the mean change nothing, and have the gradient 0")
  func somePooled() {
    let size = TestSize(rows: 7, columns: 19)
    var random = RandomValues(seed: 8)
    let (x, dOutput) = (random.array(size.count), random.array(size.columns))
    let rows = [0, 2, 3, 6]
    let (input, output) = (Matrix(x, columns: size.columns), Matrix(zeros: 1, size.columns))
    let chosen = Matrix(
      rows.flatMap { Array(x[($0 * size.columns)..<(($0 + 1) * size.columns)]) },
      columns: size.columns)
    let expected = Matrix(zeros: 1, size.columns)
    meanPoolingForward(input, of: rows, into: output)
    meanPoolingForward(chosen, of: Array(0..<rows.count), into: expected)
    #expect(output.values == expected.values)
    let dInput = Matrix([Double](repeating: .nan, count: size.count), columns: size.columns)
    meanPoolingBackward(Matrix(dOutput, columns: size.columns), of: rows, into: dInput)
    for row in 0..<size.rows {
      let share = dOutput.map { rows.contains(row) ? Float($0) / Float(rows.count) : 0 }
      #expect(dInput.rows(row..<(row + 1)).values == share)
    }
  }
}
