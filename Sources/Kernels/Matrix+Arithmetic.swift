/// Copies `source` (R, D) to `target` (R, D), rounded if that is of a shorter kind.
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
///   - matrix: is multiplied.
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
