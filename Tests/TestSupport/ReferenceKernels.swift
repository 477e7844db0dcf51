import Glibc

/// The kernels once more, in `Double`, written to be read: what the fast ones are compared with.
///
/// Matrices are row-major arrays; a vector's length gives the number of columns.
public enum ReferenceKernels {
  /// The product of `left` (m, k) and `right` (k, n).
  public static func product(_ left: [Double], _ right: [Double], inner k: Int) -> [Double] {
    let (m, n) = (left.count / k, right.count / k)
    var product = [Double](repeating: 0, count: m * n)
    for row in 0..<m {
      for column in 0..<n {
        for index in 0..<k {
          product[row * n + column] += left[row * k + index] * right[index * n + column]
        }
      }
    }
    return product
  }

  /// The transpose of `values` with `columns` columns.
  public static func transposed(_ values: [Double], columns: Int) -> [Double] {
    let rows = values.count / columns
    return (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
  }

  /// x · Φ(x).
  public static func gelu(_ x: Double) -> Double {
    x * 0.5 * erfc(-x / 2.0.squareRoot())
  }

  /// Φ(x) + x · φ(x).
  public static func geluDerivative(_ x: Double) -> Double {
    0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * .pi).squareRoot()
  }

  /// The sum of the rows.
  public static func columnSums(_ values: [Double], columns: Int) -> [Double] {
    (0..<columns).map { column in
      stride(from: column, to: values.count, by: columns).map { values[$0] }.reduce(0, +)
    }
  }
}
