import TestSupport
import Testing

@testable import Kernels

/// Products that several threads multiply together.
@Suite("Shared products")
struct SharedProductTests {
  /// Rows, terms, columns: too little to share, more rows, more columns, fewer tiles than threads.
  static let sizes = [(10, 20, 30), (300, 257, 133), (61, 300, 700), (20, 2000, 40)]

  @Test(
    "Helpers change no bit", arguments: sizes,
    [(false, false), (true, false), (false, true), (true, true)])
  func bits(size: (m: Int, k: Int, n: Int), transposed: (left: Bool, right: Bool)) throws {
    let (m, k, n) = size
    var random = RandomValues(seed: 3)
    func operand(_ rows: Int, _ columns: Int, _ transposing: Bool) -> Matrix<Float> {
      let values = random.array(rows * columns)
      return transposing
        ? Matrix(values, columns: rows).transposed : Matrix(values, columns: columns)
    }
    let left = operand(m, k, transposed.left)
    let right = operand(k, n, transposed.right)
    let start = random.array(m * n)
    func products(_ helpers: Int) throws -> [[Float]] {
      let multiplier = MatrixMultiplier(.portable)
      multiplier.share(with: try (0..<helpers).map { _ in try ProductHelper() })
      let (product, used) = (Matrix(zeros: m, n), Matrix(zeros: m, n))
      let sum = Matrix(start, columns: n)
      multiplier.multiply(
        left, right, into: product,
        finishing: { rows, columns in copy(product[rows, columns], to: used[rows, columns]) })
      multiplier.multiply(left, right, addingTo: sum)
      #expect(product.surroundingsAreUntouched && sum.surroundingsAreUntouched)
      #expect(used.values == product.values)
      return [product.values, sum.values]
    }
    let alone = try products(0)
    for helpers in [1, 2, 6] { #expect(try products(helpers) == alone, "\(helpers) helpers") }
  }

  @Test("They are asked where there is enough to do, and operands in bf16 may be made by the way")
  func bfloat16() throws {
    var random = RandomValues(seed: 5)
    let helper = try ProductHelper()
    for (rows, isShared) in [(20, false), (200, true)] {
      let numbers = Matrix<BFloat16>(rounding: random.array(rows * 100), columns: 100)
      let right = Matrix<BFloat16>(rounding: random.array(100 * 110), columns: 110)
      let zeros = [Double](repeating: 0, count: rows * 110)
      let expected = Matrix<BFloat16>(rounding: zeros, columns: 110)
      MatrixMultiplier(.portable).multiply(numbers, right, into: expected)
      let left = Matrix<BFloat16>(
        rounding: [Double](repeating: .nan, count: rows * 100), columns: 100)
      let product = Matrix<BFloat16>(rounding: zeros, columns: 110)
      let multiplier = MatrixMultiplier(.portable)
      multiplier.share(with: [helper])
      multiplier.multiply(
        left, right, into: product,
        preparing: { rows, terms in copy(numbers[rows, terms], to: left[rows, terms]) })
      #expect(product.values == expected.values)
      #expect((helper.finishedJobs > 0) == isShared)
    }
  }

  @Test("Helpers work for a thousand products and for another multiplier, and end")
  func again() throws {
    let helpers = [try ProductHelper(), try ProductHelper()]
    var random = RandomValues(seed: 4)
    let (left, right) = (
      Matrix(random.array(100 * 150), columns: 150), Matrix(random.array(150 * 120), columns: 120)
    )
    let (first, product) = (Matrix(zeros: 100, 120), Matrix(zeros: 100, 120))
    MatrixMultiplier(.portable).multiply(left, right, into: first)
    for _ in 0..<2 {
      let multiplier = MatrixMultiplier(.portable)
      multiplier.share(with: helpers)
      for _ in 0..<500 { multiplier.multiply(left, right, into: product) }
      #expect(product.values == first.values)
    }
  }
}
