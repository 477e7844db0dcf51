import Kernels
import Testing

@Suite("Products of matrices at the end of their memory")
struct MatrixEndTests {
  /// Widths around those of tiles and vectors.
  private static let widths = Array(1...40) + [63, 65, 127]

  @Test("No product reads past its operands", arguments: ProductLibrary.available, widths)
  func operands(library: ProductLibrary, width: Int) {
    multiply(Float.self, library, width)
    if library.multiplies(BFloat16.self) { multiply(BFloat16.self, library, width) }
  }

  private func multiply<Element: Numeral>(
    _ element: Element.Type, _ library: ProductLibrary, _ width: Int
  ) {
    let multiplier = MatrixMultiplier(library)
    let terms = 23
    for (rows, columns) in [(width, 19), (19, width), (width, width)] {
      for (leftIsTransposed, rightIsTransposed) in [(false, false), (true, false), (false, true)] {
        // The same numbers in memory that goes on behind them, and in memory that does not.
        let products = [false, true].map { isGuarded in
          func operand(_ rows: Int, _ columns: Int, _ isTransposed: Bool) -> Matrix<Element> {
            let (stored, other) = isTransposed ? (columns, rows) : (rows, columns)
            let matrix: Matrix<Element> =
              isGuarded
              ? GuardedMemory.matrix(rows: stored, columns: other)
              : Matrix(rounding: GuardedMemory.numbers(stored * other), columns: other)
            return isTransposed ? matrix.transposed : matrix
          }
          let product: Matrix<Float> = GuardedMemory.matrix(rows: rows, columns: columns)
          multiplier.multiply(
            operand(rows, terms, leftIsTransposed), operand(terms, columns, rightIsTransposed),
            addingTo: product)
          return product.values
        }
        #expect(products[0] == products[1])
      }
    }
  }
}
