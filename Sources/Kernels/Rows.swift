/// Copies rows of a table: `output[i] = table[indices[first + i]]`.
///
/// - Parameters:
///   - table: (T, D), such as the embeddings of a vocabulary.
///   - indices: rows of the table.
///   - first: the position of the first index to use.
///   - output: (R, D).
/// - Precondition: the shapes agree, there are R indices from `first` on, each in 0..<T. Traps
///   otherwise.
public func gatherRows(
  of table: Matrix<Float>, _ indices: Span<Int32>, from first: Int, into output: Matrix<Float>
) {
  requireIndices(indices, from: first, table, output)
  for row in 0..<output.rows {
    let (source, target) = (table.row(Int(indices[first + row])), output.row(row))
    for lanes in Lanes.of(target.count) { target[lanes] = source[lanes] }
  }
}

/// Adds rows of a table: `output[i] += table[indices[first + i]]`; its gradient is ``scatterRows(_:_:from:addingTo:)``.
///
/// - Parameters:
///   - table: (T, D).
///   - indices: rows of the table.
///   - first: the position of the first index to use.
///   - output: (R, D), to which the rows are added.
/// - Precondition: as for ``gatherRows(of:_:from:into:)``.
public func addRows(
  of table: Matrix<Float>, _ indices: Span<Int32>, from first: Int, to output: Matrix<Float>
) {
  requireIndices(indices, from: first, table, output)
  for row in 0..<output.rows {
    let (source, target) = (table.row(Int(indices[first + row])), output.row(row))
    for lanes in Lanes.of(target.count) { target[lanes] += source[lanes] }
  }
}

/// Gradient of ``gatherRows(of:_:from:into:)``: `dTable[indices[first + i]] += dOutput[i]`, first row first.
///
/// - Parameters:
///   - dOutput: (R, D).
///   - indices: rows of the table; a row may occur several times.
///   - first: the position of the first index to use.
///   - dTable: (T, D), to which the rows are added.
public func scatterRows(
  _ dOutput: Matrix<Float>, _ indices: Span<Int32>, from first: Int, addingTo dTable: Matrix<Float>
) {
  requireIndices(indices, from: first, dTable, dOutput)
  for row in 0..<dOutput.rows {
    let (source, target) = (dOutput.row(row), dTable.row(Int(indices[first + row])))
    for lanes in Lanes.of(target.count) { target[lanes] += source[lanes] }
  }
}

private func requireIndices(
  _ indices: Span<Int32>, from first: Int, _ table: Matrix<Float>, _ rows: Matrix<Float>
) {
  rows.requireShape(rows.rows, table.columns, "rows of the table")
  precondition(
    first >= 0 && first + rows.rows <= indices.count,
    "\(rows.rows) rows from \(first) on of \(indices.count) indices")
  for place in first..<(first + rows.rows) {
    precondition(
      indices[place] >= 0 && indices[place] < table.rows,
      "row \(indices[place]) of a table of \(table.rows)")
  }
}

/// Writes the mean of some rows of `input` (N, D) to `output` (1, D).
///
/// - Parameters:
///   - input: (N, D).
///   - rows: the rows that count, each once, in the order in which they are added; at least one.
///   - output: (1, D).
/// - Precondition: the shapes agree, and the rows are in 0..<N. Traps otherwise.
public func meanPoolingForward(
  _ input: Matrix<Float>, of rows: [Int], into output: Matrix<Float>
) {
  output.requireShape(1, input.columns, "output")
  precondition(!rows.isEmpty, "the mean of no rows of \(input.rows)")
  let output = output.row(0)
  for lanes in Lanes.of(output.count) { output[lanes] = SIMD16(repeating: 0) }
  for index in rows {
    let input = input.row(index)
    for lanes in Lanes.of(output.count) { output[lanes] += input[lanes] }
  }
  for lanes in Lanes.of(output.count) { output[lanes] /= Float(rows.count) }
}

/// Gradient of ``meanPoolingForward(_:of:into:)``: those R rows of `dInput` (N, D) are `dOutput` (1, D) / R, the others 0.
///
/// - Precondition: the shapes agree, and the rows are in 0..<N. Traps otherwise.
public func meanPoolingBackward(
  _ dOutput: Matrix<Float>, of rows: [Int], into dInput: Matrix<Float>
) {
  dOutput.requireShape(1, dInput.columns, "dOutput")
  if rows.count < dInput.rows { clear(dInput) }
  let dOutput = dOutput.row(0)
  for index in rows {
    let row = dInput.row(index)
    for lanes in Lanes.of(row.count) { row[lanes] = dOutput[lanes] / Float(rows.count) }
  }
}
