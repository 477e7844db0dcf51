import CProducts

/// Matrix products whose bits are the same on every processor.
///
/// Each element is one chain of fused multiply-adds in the order of the terms, starting from 0 or from what it is added
/// to: `sum = fma(left[i][k], right[k][j], sum)` for k = 0, 1, …. A fused multiply-add rounds once wherever it runs. So
/// an element is a function of its operands alone. It does not depend on the shape, the strides, the processor, or on
/// how the product is cut into tiles and threads. Adding to a sum continues its chain: a gradient of weights has the
/// same bits in one product over all rows as in several products one after the other.
///
/// Numbers other than `Float` are widened when they are packed, and the product is rounded once at the end.
///
/// - Note: Source: IEEE 754-2019, section 5.4.1 (fusedMultiplyAdd); the blocking is that of Goto, van de Geijn,
///   "Anatomy of High-Performance Matrix Multiplication", 2008.
final class PortableProducts: ProductProvider {
  private let left = ProductPanels.ofRows()
  private let right = ProductPanels.ofColumns()
  private let tile = FloatBuffer(count: Tile.rows * Tile.columns)

  /// The most terms that are multiplied before sums of floats return to memory.
  ///
  /// There are fewer if the left operand is packed, so that what a tile reads of both operands stays in the first-level
  /// cache.
  private static let terms = (inPlace: 1024, packed: 384)

  /// The number of floats of the right operand that are packed at once, to fit into the second-level cache.
  private static let rightCount = 1 << 18

  /// The number of floats of the left operand that each panel meets, and that stay in the second-level cache meanwhile.
  private static let leftCount = 1 << 16

  /// The largest stride, in floats, with which tiles read rows in place.
  ///
  /// Up to it the rows are close enough together for the caches and the TLB, and packing takes longer than it saves.
  private static let nearRows = 128

  /// The number of columns of a product up to which its transposed left operand is always read in place.
  private static let fewColumns = 64

  /// The number of floats of the product that are finished at once, to fit into the second-level cache.
  private static let finishedCount = 1 << 15

  @specialized(where Operand == Float, Product == Float)
  @specialized(where Operand == BFloat16, Product == Float)
  @specialized(where Operand == BFloat16, Product == BFloat16)
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool
  ) {
    multiply(
      left, right, into: product, adding: adding, preparing: { _, _ in }, finishing: { _, _ in })
  }

  @specialized(where Operand == Float, Product == Float)
  @specialized(where Operand == BFloat16, Product == Float)
  @specialized(where Operand == BFloat16, Product == BFloat16)
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
    preparing prepare: MatrixPart, finishing finish: MatrixPart
  ) {
    multiply(left, right, into: product, adding: false, preparing: prepare, finishing: finish)
  }

  @inline(__always)
  private func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool,
    preparing prepare: MatrixPart, finishing finish: MatrixPart
  ) {
    // Only floats can be stored between two blocks of terms without being rounded.
    let most = left.isTransposed ? Self.terms.packed : Self.terms.inPlace
    let block = Product.self == Float.self ? most : left.columns
    for terms in (0..<left.columns).evenParts(atMost: block) {
      let isLast = terms.upperBound == left.columns
      multiply(
        left, right, terms, into: product, adding: adding || terms.lowerBound > 0,
        preparing: prepare, finishing: isLast ? finish : { _, _ in })
    }
  }

  private func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, _ terms: Range<Int>,
    into product: Matrix<Product>, adding: Bool,
    preparing prepare: MatrixPart, finishing finish: MatrixPart
  ) {
    let width = max(Self.rightCount / terms.count, 1).roundedUp(to: Tile.columns)
    let height = max(Self.leftCount / terms.count, 1).roundedUp(to: Tile.rows)
    for columns in (0..<product.columns).evenParts(atMost: width, multiplesOf: Tile.columns) {
      let panels = unsafe take(right: right, columns, terms)
      for rows in (0..<product.rows).evenParts(atMost: height, multiplesOf: Tile.rows) {
        if columns.lowerBound == 0 { prepare(rows, terms) }
        let block = unsafe take(left: left, rows, terms, for: product.columns)
        let finished = max(Self.finishedCount / rows.count, 1).roundedUp(to: Tile.columns)
        for part in columns.evenParts(atMost: finished, multiplesOf: Tile.columns) {
          unsafe multiply(
            block, panels.from(tile: (part.lowerBound - columns.lowerBound) / Tile.columns),
            terms: terms.count, into: product, rows, part, adding: adding)
          finish(rows, part)
        }
      }
    }
  }

  /// Computes `rows` and `columns` of the product, tile by tile.
  @unsafe @inline(__always)
  private func multiply<Product: Numeral>(
    _ left: TileOperand, _ right: TileOperand, terms: Int, into product: Matrix<Product>,
    _ rows: Range<Int>, _ columns: Range<Int>, adding: Bool
  ) {
    var panel = right
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: Tile.columns) {
      var block = left
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
        let tile = Tile(
          row: row, column: column, rows: min(Tile.rows, rows.upperBound - row),
          columns: min(Tile.columns, columns.upperBound - column))
        unsafe multiply(
          tile, block, panel, terms: terms, into: product, adding: adding,
          before: tile.next(in: rows, columns))
        block = block.from(tile: 1)
      }
      panel = panel.from(tile: 1)
    }
  }

  /// Rows of the left operand as tiles read them.
  @unsafe private func take<Operand: Numeral>(
    left: Matrix<Operand>, _ rows: Range<Int>, _ terms: Range<Int>, for columns: Int
  ) -> TileOperand {
    if Operand.self == Float.self
      && (!left.isTransposed || left.stride <= Self.nearRows || columns <= Self.fewColumns)
    {
      return unsafe TileOperand(
        inPlace: left.transposed, rows, terms, perTile: Tile.rows)
    }
    self.left.pack(columnsOf: left.transposed, rows, terms)
    return unsafe self.left.operand
  }

  /// Columns of the right operand as tiles read them; in place only if they fill whole tiles.
  @unsafe private func take<Operand: Numeral>(
    right: Matrix<Operand>, _ columns: Range<Int>, _ terms: Range<Int>
  ) -> TileOperand {
    if Operand.self == Float.self && !right.isTransposed && right.stride <= Self.nearRows
      && columns.count.isMultiple(of: Tile.columns)
    {
      return unsafe TileOperand(inPlace: right, columns, terms, perTile: Tile.columns)
    }
    self.right.pack(columnsOf: right, columns, terms)
    return unsafe self.right.operand
  }

  /// Computes one tile of the product; if the product is not of floats, in a tile of floats first.
  @unsafe @inline(__always)
  private func multiply<Product: Numeral>(
    _ tile: Tile, _ left: TileOperand, _ right: TileOperand, terms: Int,
    into product: Matrix<Product>, adding: Bool, before next: (row: Int, column: Int)
  ) {
    let start = unsafe product.buffer.base + product.offset
    let place = unsafe start + tile.row * product.stride + tile.column
    if Product.self == Float.self {
      let sum = unsafe UnsafeMutableRawPointer(place).assumingMemoryBound(to: Float.self)
      let next = unsafe UnsafeRawPointer(start + next.row * product.stride + next.column)
      return unsafe tile.multiply(
        left, right, terms: terms, into: sum, stride: product.stride, adding: adding,
        before: next.assumingMemoryBound(to: Float.self))
    }
    precondition(!adding, "a sum in \(Product.self)")
    let sum = unsafe self.tile.base
    unsafe tile.multiply(
      left, right, terms: terms, into: sum, stride: Tile.columns, adding: false, before: sum)
    for row in 0..<tile.rows {
      let source = self.tile.row((row * Tile.columns)..<(row * Tile.columns + tile.columns))
      let target = unsafe Row(start: place + row * product.stride, count: tile.columns)
      for lanes in Lanes.of(tile.columns) { target[lanes] = source[lanes] }
    }
  }
}
