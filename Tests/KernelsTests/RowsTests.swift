import Kernels
import TestSupport
import Testing

@Suite("Rows of a table")
struct RowsTests {
  private let indices: [Int32] = [9, 9, 2, 0, 4, 2, 2, 1, 3]

  @Test("Rows are copied, and their gradients added in order", arguments: [1, 15, 16, 33])
  func rows(columns: Int) {
    var random = RandomValues(seed: 43)
    let (table, dOutput) = (random.array(5 * columns), random.array(6 * columns))
    let output = Matrix(zeros: 6, columns)
    gatherRows(of: Matrix(table, columns: columns), indices.span, from: 2, into: output)
    let used = indices[2..<8].map { Int($0) }
    let expected = used.flatMap { table[($0 * columns)..<(($0 + 1) * columns)] }
    #expect(output.values.map(Double.init) == expected)

    let total = Matrix(dOutput, columns: columns)
    addRows(of: Matrix(table, columns: columns), indices.span, from: 2, to: total)
    #expect(total.values == zip(dOutput, expected).map { Float($0) + Float($1) })

    let dTable = Matrix(table, columns: columns)
    scatterRows(
      Matrix(dOutput, columns: columns), indices.span, from: 2, addingTo: dTable)
    var sums = table.map { Float($0) }
    for (row, index) in used.enumerated() {
      for column in 0..<columns {
        sums[index * columns + column] += Float(dOutput[row * columns + column])
      }
    }
    #expect(dTable.values == sums)
    #expect(output.surroundingsAreUntouched && dTable.surroundingsAreUntouched)
    #expect(total.surroundingsAreUntouched)
  }
}
