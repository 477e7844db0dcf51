/// Spreads a table of biases over distances: `output[h, c] = table[buckets[c], h]`.
///
/// - Parameters:
///   - table: (B, H), a bias for each bucket and head.
///   - buckets: (C), the row of the table for each distance.
///   - output: (H, C).
/// - Precondition: the shapes agree, buckets lie in 0..<B. Traps otherwise.
/// - Note: Source: Raffel et al., arXiv:1910.10683, section 2.1.
public func relativeBiasForward(
  _ table: Matrix<Float>, buckets: [Int], into output: Matrix<Float>
) {
  requireBuckets(buckets, table, output)
  for head in 0..<output.rows {
    let row = output.row(head)
    for (column, bucket) in buckets.enumerated() { row[column] = table.row(bucket)[head] }
  }
}

/// Gradient of ``relativeBiasForward(_:buckets:into:)``: adds `factor · dOutput` to `dTable`, first distance first.
///
/// - Parameters:
///   - dOutput: (H, C).
///   - buckets: as in the forward pass.
///   - factor: multiplies every gradient.
///   - dTable: (B, H), to which the sums are added.
public func relativeBiasBackward(
  _ dOutput: Matrix<Float>, buckets: [Int], factor: Float, addingTo dTable: Matrix<Float>
) {
  requireBuckets(buckets, dTable, dOutput)
  for head in 0..<dOutput.rows {
    let row = dOutput.row(head)
    for (column, bucket) in buckets.enumerated() {
      dTable.row(bucket)[head] += factor * row[column]
    }
  }
}

private func requireBuckets(
  _ buckets: [Int], _ table: Matrix<Float>, _ distances: Matrix<Float>
) {
  distances.requireShape(table.columns, buckets.count, "distances")
  for bucket in buckets {
    precondition(bucket >= 0 && bucket < table.rows, "bucket \(bucket) of \(table.rows)")
  }
}

/// Writes what is added to the scores of the keys of one sequence: 0, or `value` for hidden keys.
///
/// - Parameters:
///   - tokens: the tokens of all sequences.
///   - first: where the sequence begins among them.
///   - hidden: the token whose keys are hidden.
///   - value: far below zero.
///   - output: (1, N).
/// - Precondition: there are N tokens from `first` on. Traps otherwise.
public func hideKeys(
  _ tokens: Span<Int32>, from first: Int, hidden: Int32, value: Float, into output: Matrix<Float>
) {
  output.requireShape(1, output.columns, "output")
  precondition(
    first >= 0 && first + output.columns <= tokens.count,
    "\(output.columns) tokens from \(first) on of \(tokens.count)")
  let row = output.row(0)
  for column in 0..<output.columns {
    row[column] = tokens[first + column] == hidden ? value : 0
  }
}
