import CProducts

/// Matrix products whose bits are the same on every processor.
///
/// Each element is one chain of fused multiply-adds in the order of the terms, from 0 or from what it is added to:
/// `sum = fma(left[i][k], right[k][j], sum)` for k = 0, 1, …. A fused multiply-add rounds once wherever it runs, so
/// an element is a function of its operands alone: not of the shape, the strides, the processor, or of how the
/// product is cut into tiles and threads. Adding to a sum continues its chain: a gradient of weights has the same
/// bits in one product over all rows as in several, one after the other.
///
/// Numbers of other kinds than `Float` are widened as they are packed, and a product is rounded once at its end.
///
/// - Note: Source: IEEE 754-2019, section 5.4.1 (fusedMultiplyAdd); the blocking is that of Goto, van de Geijn,
///   "Anatomy of High-Performance Matrix Multiplication", 2008.
final class PortableProducts: ProductProvider {
  private let left = ProductPanels.ofRows()
  private let right = ProductPanels.ofColumns()
  private let tile = FloatBuffer(count: Tile.rows * Tile.columns)

  /// The most terms that are multiplied before sums of floats return to memory.
  private static let terms = 1024

  /// The floats of the right operand that are packed at once, for the second-level cache.
  private static let rightCount = 1 << 18

  /// The floats of the left operand that meet each of its panels, and stay in the second-level cache meanwhile.
  private static let leftCount = 1 << 16

  /// The floats of the product that are finished at once, for the second-level cache.
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
    // Only floats can rest in memory between two blocks of terms without being rounded.
    let block = Product.self == Float.self ? Self.terms : left.columns
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
      self.right.pack(columnsOf: right, columns, terms)
      for rows in (0..<product.rows).evenParts(atMost: height, multiplesOf: Tile.rows) {
        if columns.lowerBound == 0 { prepare(rows, terms) }
        let block = unsafe take(left, rows, terms)
        let finished = max(Self.finishedCount / rows.count, 1).roundedUp(to: Tile.columns)
        for part in columns.evenParts(atMost: finished, multiplesOf: Tile.columns) {
          unsafe multiply(
            block, rows, part, terms, from: columns.lowerBound, into: product, adding: adding)
          finish(rows, part)
        }
      }
    }
  }

  /// The product's `rows` and `columns` tile by tile; the packed part of the right operand begins at column `first`.
  @unsafe @inline(__always)
  private func multiply<Product: Numeral>(
    _ left: LeftBlock, _ rows: Range<Int>, _ columns: Range<Int>, _ terms: Range<Int>,
    from first: Int, into product: Matrix<Product>, adding: Bool
  ) {
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: Tile.columns) {
      let panel = unsafe self.right.panel((column - first) / Tile.columns)
      for (index, row) in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows)
        .enumerated()
      {
        let tile = Tile(
          row: row, column: column, rows: min(Tile.rows, rows.upperBound - row),
          columns: min(Tile.columns, columns.upperBound - column))
        let operands = unsafe TileOperands(
          left: left.start + index * left.panelStride, rowStride: left.rowStride,
          right: panel, terms: terms.count)
        unsafe multiply(
          tile, operands, into: product, adding: adding, before: tile.next(in: rows, columns))
      }
    }
  }

  /// Where the tiles of some rows read them: `rowStride` is nil where they are packed.
  private typealias LeftBlock = (
    start: UnsafePointer<Float>, panelStride: Int, rowStride: Int?
  )

  /// Rows of the left operand as tiles read them: in place where they are floats and lie as they are read, else packed.
  @unsafe private func take<Operand: Numeral>(
    _ left: Matrix<Operand>, _ rows: Range<Int>, _ terms: Range<Int>
  ) -> LeftBlock {
    if Operand.self == Float.self && !left.isTransposed {
      let place =
        unsafe left.buffer.base + left.offset + rows.lowerBound * left.stride
        + terms.lowerBound
      return unsafe (
        UnsafeRawPointer(place).assumingMemoryBound(to: Float.self), Tile.rows * left.stride,
        left.stride
      )
    }
    self.left.pack(columnsOf: left.transposed, rows, terms)
    return unsafe (self.left.panel(0), Tile.packedRows * terms.count, nil)
  }

  /// One tile of the product; unless that is of floats, by way of a tile that is.
  @unsafe @inline(__always)
  private func multiply<Product: Numeral>(
    _ tile: Tile, _ operands: TileOperands, into product: Matrix<Product>, adding: Bool,
    before next: (row: Int, column: Int)
  ) {
    let start = unsafe product.buffer.base + product.offset
    let place = unsafe start + tile.row * product.stride + tile.column
    if Product.self == Float.self {
      let sum = unsafe UnsafeMutableRawPointer(place).assumingMemoryBound(to: Float.self)
      let next = unsafe UnsafeRawPointer(start + next.row * product.stride + next.column)
      return unsafe operands.multiply(
        tile, into: sum, stride: product.stride, adding: adding,
        before: next.assumingMemoryBound(to: Float.self))
    }
    precondition(!adding, "a sum in \(Product.self)")
    let sum = unsafe self.tile.base
    unsafe operands.multiply(tile, into: sum, stride: Tile.columns, adding: false, before: sum)
    for row in 0..<tile.rows {
      let source = self.tile.row((row * Tile.columns)..<(row * Tile.columns + tile.columns))
      let target = unsafe Row(start: place + row * product.stride, count: tile.columns)
      for lanes in Lanes.of(tile.columns) { target[lanes] = source[lanes] }
    }
  }
}

/// Where a tile reads its operands; see `cproducts_tile`.
@safe private struct TileOperands {
  let left: UnsafePointer<Float>

  /// Floats from one row of the left operand to the next; nil where it is packed.
  let rowStride: Int?
  let right: UnsafePointer<Float>
  let terms: Int

  @unsafe @inline(__always)
  func multiply(
    _ tile: Tile, into sum: UnsafeMutablePointer<Float>, stride: Int, adding: Bool,
    before next: UnsafePointer<Float>
  ) {
    let (rows, columns) = (Int32(tile.rows), Int32(tile.columns))
    if let rowStride {
      unsafe cproducts_tile(rows, columns, terms, left, rowStride, right, sum, stride, adding, next)
    } else {
      unsafe cproducts_tile_packed(rows, columns, terms, left, 1, right, sum, stride, adding, next)
    }
  }
}

/// A part of a product whose sums fit into the registers, or what is left of one at an edge.
struct Tile {
  /// The most rows of a tile.
  static var rows: Int { Int(cproducts_rows) }

  /// The rows of a packed tile, of which the last may not be used.
  static var packedRows: Int { Int(cproducts_packed_rows) }

  /// The most columns of a tile.
  static var columns: Int { Int(cproducts_columns) }

  let row: Int
  let column: Int
  let rows: Int
  let columns: Int

  /// Where the tile after this one begins, in a part of a product; this one's own place for the last.
  @inline(__always)
  func next(in rows: Range<Int>, _ columns: Range<Int>) -> (row: Int, column: Int) {
    if row + Tile.rows < rows.upperBound { return (row + Tile.rows, column) }
    if column + Tile.columns < columns.upperBound {
      return (rows.lowerBound, column + Tile.columns)
    }
    return (row, column)
  }
}

extension Range<Int> {
  /// The range cut into as few parts as have `most` elements each, as even as can be.
  ///
  /// - Parameters:
  ///   - most: elements of a part, a multiple of `unit`.
  ///   - unit: all parts but the last are a multiple of it.
  /// - Returns: the parts, first to last.
  func evenParts(atMost most: Int, multiplesOf unit: Int = 1) -> [Range<Int>] {
    guard count > most else { return [self] }
    let parts = (count + most - 1) / most
    let size = ((count + parts - 1) / parts).roundedUp(to: unit)
    return Swift.stride(from: lowerBound, to: upperBound, by: size).map {
      $0..<Swift.min($0 + size, upperBound)
    }
  }
}

extension Int {
  /// The smallest multiple of `unit` that is not below this.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
