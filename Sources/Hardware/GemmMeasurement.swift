package import Kernels
package import Model
import Threading

/// The rate at which one library does one matrix product again and again on this thread.
package struct GemmMeasurement {
  /// 10⁹ floating-point operations a second, in the best repetition.
  package let gigaflops: Double
  /// The same over all repetitions, with what other threads took of the processor meanwhile.
  package let sustainedGigaflops: Double

  /// How many repetitions were timed.
  package let repetitions: Int

  /// How often a product is measured at least, if there is time.
  private static let leastRepetitions = 5

  /// Measures `product`.
  ///
  /// Each repetition takes as many calls as make some hundredths of a millisecond, so that reading
  /// the clock does not show.
  ///
  /// - Parameters:
  ///   - product: the shape.
  ///   - precision: one in which `library` multiplies.
  ///   - library: what multiplies.
  ///   - seconds: how long the product is repeated at least.
  ///   - limit: the seconds after which no further repetition starts for the sake of their number.
  package init(
    of product: MatrixProduct, _ precision: Precision, by library: ProductLibrary,
    seconds: Double = 0.1, limit: Double = .infinity
  ) {
    let rates =
      switch precision {
      case .fp32: Self.rates(of: product, Float.self, library, seconds, limit)
      case .bf16: Self.rates(of: product, BFloat16.self, library, seconds, limit)
      }
    (gigaflops, sustainedGigaflops) = (rates.best / 1e9, rates.sustained / 1e9)
    repetitions = rates.repetitions
  }

  private static func rates<Element: Numeral>(
    of product: MatrixProduct, _ element: Element.Type, _ library: ProductLibrary,
    _ duration: Double, _ limit: Double
  ) -> (best: Double, sustained: Double, repetitions: Int) {
    let left: Matrix<Element> = operand(
      product.rows, product.terms, isTransposed: product.leftIsTransposed)
    let right: Matrix<Element> = operand(
      product.terms, product.columns, isTransposed: product.rightIsTransposed)
    let result: Matrix<Element> = operand(product.rows, product.columns, isTransposed: false)
    let sum: Matrix<Float> = operand(product.rows, product.columns, isTransposed: false)
    let multiplier = MatrixMultiplier(library)
    let calls = max(1, 10_000_000 / (2 * product.multiplyAdds))
    let started = ContinuousClock.now
    var best = Double.infinity
    var (measured, elapsed) = (0, 0.0)
    while measured == 0 || elapsed < duration || measured < leastRepetitions && elapsed < limit {
      let begun = ContinuousClock.now
      for _ in 0..<calls {
        if product.adds {
          multiplier.multiply(left, right, addingTo: sum)
        } else {
          multiplier.multiply(left, right, into: result)
        }
      }
      best = min(best, begun.duration(to: .now).seconds)
      measured += 1
      elapsed = started.duration(to: .now).seconds
    }
    let operations = Double(2 * product.multiplyAdds * calls)
    return (operations / best, operations * Double(measured) / elapsed, measured)
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
