internal import Kernels
internal import Model

/// The best rate of one thread's matrix products over the shapes that a model needs.
struct GemmPeak: Sendable {
  /// 10⁹ floating-point operations a second; a multiplication with addition counts as two.
  let gigaflops: Double
  /// The shape that reached it.
  let product: MatrixProduct

  /// Seconds that each shape is repeated for, and how often it is measured at least.
  private static let (duration, repetitions) = (0.15, 5)

  /// A peak that was measured elsewhere.
  init(gigaflops: Double, product: MatrixProduct) {
    self.gigaflops = gigaflops
    self.product = product
  }

  /// Measures every one of `products` on this thread; the best repetition of the best shape counts.
  ///
  /// Each repetition takes as many calls as make a tenth of a millisecond or more, so that reading
  /// the clock does not show.
  init(_ products: [MatrixProduct], _ precision: Precision) {
    var best: (rate: Double, product: MatrixProduct)?
    for product in products {
      let rate =
        switch precision {
        case .fp32: Self.rate(of: product, Float.self)
        case .bf16: Self.rate(of: product, BFloat16.self)
        }
      if rate > best?.rate ?? 0 { best = (rate, product) }
    }
    guard let best else { preconditionFailure("a peak over no products") }
    self.init(gigaflops: best.rate / 1e9, product: best.product)
  }

  private static func rate<Element: Numeral>(
    of product: MatrixProduct, _ element: Element.Type
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
          multiplier.multiply(left, right, addingTo: sum)
        } else {
          multiplier.multiply(left, right, into: result)
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
