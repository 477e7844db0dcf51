import Imaging
import Model

/// Numbers at the tokens of one grid become those at the tokens of another over the same image.
///
/// It is the product with R = R_rows ⊗ R_columns, (n′, n): cubic interpolation between the centres of the patches, along
/// the columns and then along the rows. The weights of a number sum to 1. Between equal grids it is the identity.
struct GridInterpolation {
  private let rows: [ResamplingWindow]
  private let columns: [ResamplingWindow]
  private let source: TokenGrid

  /// From `source` to `target`; `antialiased` has it skip no token on reduction.
  init(from source: TokenGrid, to target: TokenGrid, antialiased: Bool) {
    func line(_ size: Int, _ count: Int) -> [ResamplingWindow] {
      ResamplingWindow.line(from: size, to: count, .bicubic, antialiased: antialiased)
    }
    self.source = source
    rows = line(source.rows, target.rows)
    columns = line(source.columns, target.columns)
  }

  /// `values` (outer, n, inner) to (outer, n′, inner).
  func callAsFunction(_ values: [Double], outer: Int, inner: Int) -> [Double] {
    precondition(
      values.count == outer * source.count * inner,
      "\(values.count) numbers for (\(outer), \(source.count), \(inner))")
    let wide = Self.resample(
      values, outer: outer * source.rows, count: source.columns, inner: inner, columns)
    return Self.resample(
      wide, outer: outer, count: source.rows, inner: columns.count * inner, rows)
  }

  /// `values` (outer, count, inner) to (outer, windows, inner).
  private static func resample(
    _ values: [Double], outer: Int, count: Int, inner: Int, _ windows: [ResamplingWindow]
  ) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(outer * windows.count * inner)
    for block in 0..<outer {
      for window in windows {
        let start = (block * count + window.first) * inner
        for element in 0..<inner {
          var sum = 0.0
          for (neighbour, weight) in window.weights.enumerated() {
            sum += weight * values[start + neighbour * inner + element]
          }
          result.append(sum)
        }
      }
    }
    return result
  }
}
