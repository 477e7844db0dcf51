internal import Kernels
internal import Model

/// The rate at which one library does one matrix product again and again on this thread.
struct GemmMeasurement {
  /// 10⁹ floating-point operations a second, in the best repetition.
  let gigaflops: Double

  /// Seconds that a product is repeated for, and how often it is measured at least.
  private static let (duration, repetitions) = (0.1, 5)

  /// Measures `product`.
  ///
  /// Each repetition takes as many calls as make some hundredths of a millisecond, so that reading
  /// the clock does not show.
  init(of product: MatrixProduct, _ precision: Precision, by library: GemmLibrary) {
    let rate =
      switch precision {
      case .fp32: Self.rate(of: product, Float.self, library)
      case .bf16: Self.rate(of: product, BFloat16.self, library)
      }
    gigaflops = rate / 1e9
  }

  private static func rate<Element: Numeral>(
    of product: MatrixProduct, _ element: Element.Type, _ library: GemmLibrary
  ) -> Double {
    let left: Matrix<Element> = operand(
      product.rows, product.terms, isTransposed: product.leftIsTransposed)
    let right: Matrix<Element> = operand(
      product.terms, product.columns, isTransposed: product.rightIsTransposed)
    let result: Matrix<Element> = operand(product.rows, product.columns, isTransposed: false)
    let sum: Matrix<Float> = operand(product.rows, product.columns, isTransposed: false)
    let multiplier = MatrixMultiplier()
    let calls = max(1, 10_000_000 / (2 * product.multiplyAdds))
    let started = ContinuousClock.now
    var best = Double.infinity
    var measured = 0
    while measured < repetitions || started.duration(to: .now).seconds < duration {
      let begun = ContinuousClock.now
      for _ in 0..<calls {
        if product.adds {
          multiplier.multiply(left, right, into: sum, adding: true, by: library)
        } else {
          multiplier.multiply(left, right, into: result, adding: false, by: library)
        }
      }
      best = min(best, begun.duration(to: .now).seconds)
      measured += 1
    }
    return Double(2 * product.multiplyAdds * calls) / best
  }

  /// A matrix of small numbers that never overflow, however often products are added.
  private static func operand<Element: Numeral>(
    _ rows: Int, _ columns: Int, isTransposed: Bool
  ) -> Matrix<Element> {
    let buffer = Buffer<Element>(count: rows * columns)
    buffer.withMutableSpan(0..<buffer.count) { values in
      for index in values.indices {
        values[index] = Element(rounding: Float(index % 13 - 6) * 0x1p-10)
      }
    }
    return isTransposed
      ? Matrix(buffer, at: 0, rows: columns, columns: rows).transposed
      : Matrix(buffer, at: 0, rows: rows, columns: columns)
  }
}
