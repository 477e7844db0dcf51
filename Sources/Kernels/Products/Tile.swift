import CProducts

/// A part of a product whose sums fit into the registers, or less at an edge.
struct Tile {
  /// The most rows of a tile.
  static var rows: Int { Int(cproducts_rows) }

  /// The rows of a packed tile; the last ones may be unused.
  static var packedRows: Int { Int(cproducts_packed_rows) }

  /// The most columns of a tile.
  static var columns: Int { Int(cproducts_columns) }

  let row: Int
  let column: Int
  let rows: Int
  let columns: Int

  /// Where the next tile in a part of a product begins; for the last tile, its own start.
  @inline(__always)
  func next(in rows: Range<Int>, _ columns: Range<Int>) -> (row: Int, column: Int) {
    if row + Tile.rows < rows.upperBound { return (row + Tile.rows, column) }
    if column + Tile.columns < columns.upperBound {
      return (rows.lowerBound, column + Tile.columns)
    }
    return (row, column)
  }

  /// `sum = left · right`, or added to it; see `cproducts_tile`.
  ///
  /// - Parameters:
  ///   - left: begins at the tile's first row.
  ///   - right: begins at the tile's first column.
  ///   - terms: the number of terms.
  ///   - sum: the position of the tile.
  ///   - stride: floats from one row of it to the next.
  ///   - adding: whether the product is added to `sum`.
  ///   - next: the sums of the next tile.
  @unsafe @inline(__always)
  func multiply(
    _ left: TileOperand, _ right: TileOperand, terms: Int, into sum: UnsafeMutablePointer<Float>,
    stride: Int, adding: Bool, before next: UnsafePointer<Float>
  ) {
    let (rows, columns) = (Int32(rows), Int32(columns))
    if left.termStride == 1 {
      unsafe cproducts_tile(
        rows, columns, terms, left.start, left.rowStride, right.start, right.termStride, sum,
        stride, adding, next)
    } else {
      unsafe cproducts_tile_transposed(
        rows, columns, terms, left.start, left.termStride, right.start, right.termStride, sum,
        stride, adding, next)
    }
  }
}

/// Where tiles read one operand of a product: packed, or in place.
///
/// One of the two distances is 1: that of the terms if a left operand is read in place and not transposed, else that of
/// the rows or columns.
@safe struct TileOperand {
  let start: UnsafePointer<Float>

  /// The number of floats from what one tile reads to what the next one reads.
  let tileStride: Int

  /// The number of floats from one row or column to the next.
  let rowStride: Int

  /// The number of floats from one term to the next.
  let termStride: Int

  /// Panels that begin at `start`; each has `width` numbers of every term side by side.
  @unsafe init(packedAt start: UnsafePointer<Float>, width: Int, terms: Int) {
    unsafe self.start = start
    (tileStride, rowStride, termStride) = (width * terms, 1, width)
  }

  /// `columns` of a matrix of floats whose rows are the terms, `count` of them for each tile.
  @unsafe init<Element: Numeral>(
    inPlace matrix: Matrix<Element>, _ columns: Range<Int>, _ terms: Range<Int>,
    perTile count: Int
  ) {
    precondition(Element.self == Float.self, "tiles of \(Element.self)")
    (rowStride, termStride) = matrix.isTransposed ? (matrix.stride, 1) : (1, matrix.stride)
    tileStride = count * rowStride
    let first = columns.lowerBound * rowStride + terms.lowerBound * termStride
    unsafe start = UnsafeRawPointer(matrix.buffer.base + matrix.offset + first)
      .assumingMemoryBound(to: Float.self)
  }

  private init(_ other: TileOperand, from start: UnsafePointer<Float>) {
    unsafe self.start = start
    (tileStride, rowStride, termStride) = (other.tileStride, other.rowStride, other.termStride)
  }

  /// The rest from tile `index` on.
  @inline(__always)
  func from(tile index: Int) -> TileOperand {
    unsafe TileOperand(self, from: start + index * tileStride)
  }
}
