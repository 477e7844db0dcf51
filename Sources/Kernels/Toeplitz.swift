/// A matrix that is constant along its diagonals: `output[i, j] = weights[j - i + N - 1]`.
///
/// - Parameters:
///   - weights: (1, 2N - 1).
///   - output: (N, N), which mixes N tokens by their distance alone.
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, appendix C.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func toeplitzForward<Element: Numeral>(
  _ weights: Matrix<Element>, into output: Matrix<Element>
) {
  let count = output.rows
  output.requireShape(count, count, "output")
  weights.requireShape(1, 2 * count - 1, "weights")
  for index in 0..<count {
    let first = count - 1 - index
    let (row, source) = (output.row(index), weights.columns(first..<(first + count)).row(0))
    for lanes in Lanes.of(count) { row[lanes] = source[lanes] }
  }
}

/// Gradient of ``toeplitzForward(_:into:)``: adds the sum of every diagonal to `dWeights`, first row first.
///
/// - Parameters:
///   - dOutput: (N, N).
///   - dWeights: (1, 2N - 1), to which the sums are added.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func toeplitzBackward<Element: Numeral>(
  _ dOutput: Matrix<Element>, dWeights: Matrix<Float>
) {
  let count = dOutput.rows
  dOutput.requireShape(count, count, "dOutput")
  dWeights.requireShape(1, 2 * count - 1, "dWeights")
  for index in 0..<count {
    let first = count - 1 - index
    let (row, target) = (dOutput.row(index), dWeights.columns(first..<(first + count)).row(0))
    for lanes in Lanes.of(count) { target[lanes] += row[lanes] }
  }
}
