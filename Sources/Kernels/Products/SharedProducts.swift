/// Portable products on one thread or on several: how a product is cut changes no bit of it.
final class SharedProducts: ProductProvider {
  private let own = PortableProducts()

  /// The helpers that multiply along with the calling thread.
  var helpers: [ProductHelper] = []

  /// The number of multiply-adds below which waking a helper takes longer than it saves.
  private static let leastWork = 1 << 20

  private func isShared<Product: Numeral>(_ product: Matrix<Product>, terms: Int) -> Bool {
    !helpers.isEmpty && product.rows * product.columns * terms >= Self.leastWork
  }

  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool
  ) {
    let (rows, columns) = (0..<product.rows, 0..<product.columns)
    if !isShared(product, terms: left.columns) {
      return own.multiply(left, right, into: product, adding: adding)
    }
    // Cut the longer side: each thread packs all of the other operand.
    let parts =
      rows.count > columns.count
      ? rows.parts(helpers.count + 1, multiplesOf: Tile.rows).map { (rows: $0, columns: columns) }
      : columns.parts(helpers.count + 1, multiplesOf: Tile.columns).map {
        (rows: rows, columns: $0)
      }
    @Sendable func multiply(
      _ products: PortableProducts, _ part: (rows: Range<Int>, columns: Range<Int>)
    ) {
      products.multiply(
        left.rowsOfView(part.rows), right.columnsOfView(part.columns),
        into: product[part.rows, part.columns], adding: adding)
    }
    for (helper, part) in zip(helpers, parts.dropFirst()) {
      helper.start { multiply($0, part) }
    }
    multiply(own, parts[0])
    for (helper, _) in zip(helpers, parts.dropFirst()) { helper.finish() }
  }

  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
    preparing prepare: MatrixPart, finishing finish: MatrixPart
  ) {
    if !isShared(product, terms: left.columns) {
      return own.multiply(left, right, into: product, preparing: prepare, finishing: finish)
    }
    // They add to gradients and switch the clock, which only one thread may do.
    prepare(0..<left.rows, 0..<left.columns)
    multiply(left, right, into: product, adding: false)
    finish(0..<product.rows, 0..<product.columns)
  }
}

extension Range<Int> {
  /// The range cut into at most `count` parts, as even as multiples of `unit` can be.
  fileprivate func parts(_ count: Int, multiplesOf unit: Int) -> [Range<Int>] {
    Array(
      evenParts(
        atMost: Swift.max((self.count + count - 1) / count, 1).roundedUp(to: unit),
        multiplesOf: unit))
  }
}

extension Matrix {
  /// Rows of a view that may be transposed.
  fileprivate func rowsOfView(_ range: Range<Int>) -> Matrix {
    isTransposed ? transposed.columns(range).transposed : rows(range)
  }

  /// Columns of a view that may be transposed.
  fileprivate func columnsOfView(_ range: Range<Int>) -> Matrix {
    isTransposed ? transposed.rows(range).transposed : columns(range)
  }
}
