import Kernels
import TestSupport
import Testing

/// What goes through a product part by part.
@Suite("Parts of matrix products")
struct ProductPartsTests {
  /// Rows, terms, columns: less than a tile, several blocks of rows, of columns, and of terms.
  static let sizes = [(3, 5, 7), (300, 257, 133), (70, 1100, 300), (61, 40, 7000)]

  @Test(
    "The left operand can be made, and the product be used, as it is multiplied", arguments: sizes,
    ProductLibrary.available)
  func parts(size: (m: Int, k: Int, n: Int), library: ProductLibrary) {
    let (m, k, n) = size
    var random = RandomValues(seed: 1)
    let numbers = Matrix(random.array(m * k), columns: k)
    let right = Matrix(random.array(k * n), columns: n)
    let (expected, product) = (Matrix(zeros: m, n), Matrix(zeros: m, n))
    let multiplier = MatrixMultiplier(library)
    multiplier.multiply(numbers, right, into: expected)

    let left = Matrix([Double](repeating: .nan, count: m * k), columns: k)
    let used = Matrix([Double](repeating: .nan, count: m * n), columns: n)
    var (prepared, finished) = (
      [Int](repeating: 0, count: m * k), [Int](repeating: 0, count: m * n)
    )
    // By column the next row that has to come.
    var nextRow = [Int](repeating: 0, count: n)
    multiplier.multiply(
      left, right, into: product,
      preparing: { rows, terms in
        copy(numbers[rows, terms], to: left[rows, terms])
        for row in rows { for term in terms { prepared[row * k + term] += 1 } }
      },
      finishing: { rows, columns in
        copy(product[rows, columns], to: used[rows, columns])
        for row in rows { for column in columns { finished[row * n + column] += 1 } }
        for column in columns {
          #expect(nextRow[column] == rows.lowerBound)
          nextRow[column] = rows.upperBound
        }
      })
    #expect(product.values == expected.values && used.values == expected.values)
    #expect(prepared.allSatisfy { $0 == 1 } && finished.allSatisfy { $0 == 1 })
  }
}
