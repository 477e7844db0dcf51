/// Copies `source` (R, D) to `target` (R, D).
///
/// - Precondition: the shapes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func copy<Element: Numeral>(_ source: Matrix<Element>, to target: Matrix<Element>) {
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
