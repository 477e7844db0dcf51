/// The attention weights, called shares: `output = softmax(scale · scores)`, row by row.
///
/// - Parameters:
///   - scores: (N, N), row i the products of query i with all keys.
///   - scale: 1 / √(length of a key).
///   - output: (N, N); each row sums to 1.
/// - Precondition: the shapes agree. Traps otherwise.
/// - Note: Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func attentionSoftmaxForward<Element: Numeral>(
  _ scores: Matrix<Float>, scale: Float, into output: Matrix<Element>
) {
  output.requireShape(scores.rows, scores.columns, "output")
  for index in 0..<scores.rows {
    let (scores, output) = (scores.row(index), output.row(index))
    var largest = SIMD16<Float>(repeating: -.infinity)
    for lanes in Lanes.of(scores.count) {
      let values = scores[lanes]
      largest = largest.replacing(with: values, where: lanes.inside .& (values .> largest))
    }
    let most = largest.laneMaximum
    var sum = VectorSum()
    for lanes in Lanes.of(scores.count) {
      let power = lanes.masked(((scores[lanes] - most) * scale).boundedExponential)
      scores[lanes] = power
      sum.add(power)
    }
    let share = 1 / sum.total
    for lanes in Lanes.of(scores.count) { output[lanes] = scores[lanes] * share }
  }
}

/// Gradient of ``attentionSoftmaxForward(_:scale:into:)``, which needs its output alone.
///
/// - Parameters:
///   - dOutput: (N, N).
///   - shares: (N, N) the output of forward on entry; receives the gradient of the scores.
///   - scale: as in the forward pass.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func attentionSoftmaxBackward<Element: Numeral>(
  _ dOutput: Matrix<Float>, shares: Matrix<Element>, scale: Float
) {
  shares.requireShape(dOutput.rows, dOutput.columns, "shares")
  for index in 0..<dOutput.rows {
    let (dOutput, shares) = (dOutput.row(index), shares.row(index))
    var projection = VectorSum()
    for lanes in Lanes.of(shares.count) { projection.addProduct(dOutput[lanes], shares[lanes]) }
    let mean = projection.total
    for lanes in Lanes.of(shares.count) {
      shares[lanes] = shares[lanes] * (dOutput[lanes] - mean) * scale
    }
  }
}

/// Scales the scores of attention and adds the offsets of distances and of keys, in place.
///
/// - Parameters:
///   - scores: (N, N), row i the products of query i with all keys.
///   - scale: 1 / √(length of a key).
///   - distances: (1, 2N - 1); element j - i + N - 1 is added for query i and key j; or nil.
///   - keys: (1, N); element j is added for key j; or nil.
/// - Precondition: the shapes agree. Traps otherwise.
public func offsetScores(
  _ scores: Matrix<Float>, scale: Float, distances: Matrix<Float>?, keys: Matrix<Float>?
) {
  let count = scores.columns
  distances?.requireShape(1, 2 * count - 1, "distances")
  keys?.requireShape(1, count, "keys")
  for index in 0..<scores.rows {
    let row = scores.row(index)
    for lanes in Lanes.of(count) { row[lanes] = row[lanes] * scale }
    if let distances {
      let first = count - 1 - index
      let offsets = distances.columns(first..<(first + count)).row(0)
      for lanes in Lanes.of(count) { row[lanes] += offsets[lanes] }
    }
    if let keys {
      let offsets = keys.row(0)
      for lanes in Lanes.of(count) { row[lanes] += offsets[lanes] }
    }
  }
}
