/// Adds the elements of `range` of `source` to those of `target` that begin at `start`.
public func add(
  _ source: FloatBuffer, _ range: Range<Int>, to target: FloatBuffer, at start: Int
) {
  let (source, target) = (source.row(range), target.row(start..<(start + range.count)))
  for lanes in Lanes.of(range.count) { target[lanes] += source[lanes] }
}

/// The sum of the squares of the elements of `range`, added in `Double` in sixteen lanes.
///
/// The order of the additions is a function of the range's length only. Meant for one norm block.
public func sumOfSquares(_ buffer: FloatBuffer, _ range: Range<Int>) -> Double {
  let row = buffer.row(range)
  var squares = LaneSquares()
  for lanes in Lanes.of(range.count) { squares.add(row[lanes]) }
  return squares.total
}

/// Whether no element of `range` is infinite or not a number.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func isFinite<Element: Numeral>(_ buffer: Buffer<Element>, _ range: Range<Int>) -> Bool {
  let row = buffer.row(range)
  // A finite number times zero is zero; infinity and NaN times zero are NaN, and NaN stays.
  var sum = SIMD16<Float>.zero
  for lanes in Lanes.of(range.count) { sum = sum.addingProduct(row[lanes], SIMD16<Float>.zero) }
  return sum.laneSum == 0
}

/// Whether no element of the matrix is infinite or not a number.
public func isFinite<Element: Numeral>(_ matrix: Matrix<Element>) -> Bool {
  (0..<matrix.rows).allSatisfy { row in
    let start = matrix.offset + row * matrix.stride
    return isFinite(matrix.buffer, start..<(start + matrix.columns))
  }
}

/// Moves an exponential moving average towards the weights: `average += (1 - decay) · (weights - average)`.
///
/// - Parameters:
///   - average: the average, updated from the element `start` on.
///   - start: where the average of `range` begins.
///   - weights: read at `range`.
///   - range: the elements of the weights.
///   - decay: the share of the old average that stays.
public func updateAverage(
  _ average: FloatBuffer, at start: Int, weights: FloatBuffer, _ range: Range<Int>, decay: Double
) {
  let rate = SIMD16(repeating: Float(1 - decay))
  let (average, weights) = (average.row(start..<(start + range.count)), weights.row(range))
  for lanes in Lanes.of(range.count) {
    average[lanes] = average[lanes].addingProduct(weights[lanes] - average[lanes], rate)
  }
}

/// Rounds the elements of `range` of `source` into those of `target` that begin at `start`.
public func round(
  _ source: FloatBuffer, _ range: Range<Int>, into target: Buffer<BFloat16>, at start: Int
) {
  let (source, target) = (source.row(range), target.row(start..<(start + range.count)))
  for lanes in Lanes.of(range.count) { target[lanes] = source[lanes] }
}

/// Copies the elements of `range` of `source` as floats to those of `target` that begin at `start`.
public func widen(
  _ source: Buffer<BFloat16>, _ range: Range<Int>, into target: FloatBuffer, at start: Int
) {
  let (source, target) = (source.row(range), target.row(start..<(start + range.count)))
  for lanes in Lanes.of(range.count) { target[lanes] = source[lanes] }
}
