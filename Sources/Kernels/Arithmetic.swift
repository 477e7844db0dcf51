/// Copies `source` (R, D) to `target` (R, D), rounded if `target` has a shorter kind of number.
///
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Source == Float, Target == Float)
@specialized(where Source == Float, Target == BFloat16)
@specialized(where Source == BFloat16, Target == BFloat16)
public func copy<Source: Numeral, Target: Numeral>(
  _ source: Matrix<Source>, to target: Matrix<Target>
) {
  target.requireShape(source.rows, source.columns, "target")
  for index in 0..<source.rows {
    let (source, target) = (source.row(index), target.row(index))
    for lanes in Lanes.of(source.count) { target[lanes] = source[lanes] }
  }
}

/// Adds `source` (R, D) to `target` (R, D).
///
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func add<Element: Numeral>(_ source: Matrix<Element>, to target: Matrix<Element>) {
  target.requireShape(source.rows, source.columns, "target")
  for index in 0..<source.rows {
    let (source, target) = (source.row(index), target.row(index))
    for lanes in Lanes.of(source.count) { target[lanes] += source[lanes] }
  }
}

/// Sets every element of `matrix` to zero.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func clear<Element: Numeral>(_ matrix: Matrix<Element>) {
  for index in 0..<matrix.rows {
    let row = matrix.row(index)
    for lanes in Lanes.of(row.count) { row[lanes] = SIMD16(repeating: 0) }
  }
}

/// Multiplies `matrix` (R, D) in place, four elements of a row at a time.
///
/// - Parameters:
///   - matrix: the matrix to multiply.
///   - factors: receives 0, 1, … for the groups of four, row by row, and gives what each of the four is
///     multiplied by; the last group of a row may be incomplete.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func multiply<Element: Numeral>(
  _ matrix: Matrix<Element>, byGroups factors: (Int) -> SIMD4<Float>
) {
  let groups = (matrix.columns + 3) / 4
  for index in 0..<matrix.rows {
    let row = matrix.row(index)
    for group in 0..<groups {
      let factors = factors(index * groups + group)
      for column in (4 * group)..<min(4 * group + 4, matrix.columns) {
        row[column] *= factors[column % 4]
      }
    }
  }
}

/// Adds the elements of `range` of `source` to those of `target` that begin at `start`.
public func add(
  _ source: FloatBuffer, _ range: Range<Int>, to target: FloatBuffer, at start: Int
) {
  let (source, target) = (source.row(range), target.row(start..<(start + range.count)))
  for lanes in Lanes.of(range.count) { target[lanes] += source[lanes] }
}

/// The sum of the squares of the elements of `range`, added in `Double` in sixteen lanes.
///
/// The order of the additions is a function of the range's length only. It is meant for one block of the norm.
public func sumOfSquares(_ buffer: FloatBuffer, _ range: Range<Int>) -> Double {
  let row = buffer.row(range)
  var squares = LaneSquares()
  for lanes in Lanes.of(range.count) { squares.add(row[lanes]) }
  return squares.total
}

/// Whether every element of `range` is finite.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func isFinite<Element: Numeral>(_ buffer: Buffer<Element>, _ range: Range<Int>) -> Bool {
  let row = buffer.row(range)
  // A finite number times zero is zero; infinity and NaN times zero are NaN, and NaN stays.
  var sum = SIMD16<Float>.zero
  for lanes in Lanes.of(range.count) { sum = sum.addingProduct(row[lanes], SIMD16<Float>.zero) }
  return sum.laneSum == 0
}

/// Whether every element of the matrix is finite.
public func isFinite<Element: Numeral>(_ matrix: Matrix<Element>) -> Bool {
  (0..<matrix.rows).allSatisfy { row in
    let start = matrix.offset + row * matrix.stride
    return isFinite(matrix.buffer, start..<(start + matrix.columns))
  }
}

/// Moves an exponential moving average towards the weights: `average += (1 - decay) · (weights - average)`.
///
/// - Parameters:
///   - average: updated from element `start` on.
///   - start: the position of `range` in the average.
///   - weights: read at `range`.
///   - range: the elements of the weights.
///   - decay: the fraction of the old average that is kept.
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
