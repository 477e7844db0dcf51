import CProducts

/// A part of one operand of a product, packed as the tiles read it.
///
/// A panel has `width` rows of the left operand, or columns of the right one. Their numbers of one term lie side by
/// side, `stride` apart from those of the next term. Numbers other than `Float` are widened.
@safe final class ProductPanels {
  private static let block = Int(cproducts_block)

  private let width: Int
  private let stride: Int
  private var packed = FloatBuffer(count: 0)
  private var terms = 0

  /// A widened block of an operand that is not of floats.
  private let widened = FloatBuffer(count: block * block)

  /// Panels of rows of the left operand.
  static func ofRows() -> ProductPanels {
    ProductPanels(width: Tile.rows, stride: Int(cproducts_packed_rows))
  }

  /// Panels of columns of the right operand.
  static func ofColumns() -> ProductPanels {
    ProductPanels(width: Tile.columns, stride: Tile.columns)
  }

  private init(width: Int, stride: Int) {
    self.width = width
    self.stride = stride
  }

  /// The panels as tiles read them.
  @unsafe var operand: TileOperand {
    unsafe TileOperand(packedAt: packed.base, width: stride, terms: terms)
  }

  /// Packs `range` of the columns of `matrix`, whose rows are the terms; valid until the next call.
  func pack<Element: Numeral>(
    columnsOf matrix: Matrix<Element>, _ range: Range<Int>, _ terms: Range<Int>
  ) {
    self.terms = terms.count
    let count = (range.count + width - 1) / width
    let floats = count * terms.count * stride
    if packed.count < floats { packed = FloatBuffer(count: floats) }
    if matrix.isTransposed {
      for panel in 0..<count {
        let first = range.lowerBound + panel * width
        unsafe packTransposed(
          matrix, first..<min(first + width, range.upperBound), terms,
          packed.base + panel * terms.count * stride)
      }
    } else {
      unsafe packPlain(matrix, range, terms, count)
    }
  }

  /// The rows of storage are terms.
  @unsafe private func packPlain<Element: Numeral>(
    _ matrix: Matrix<Element>, _ columns: Range<Int>, _ terms: Range<Int>, _ count: Int
  ) {
    // Numbers after a panel are read with it if the matrix has them, and not used.
    let vectors = (width + 15) / 16
    let readable = matrix.columns - columns.lowerBound - 16 * vectors
    // Rounded down: only whole panels are read like that.
    let whole = max(0, min(count, (readable + width) / width))
    for term in 0..<terms.count {
      let source =
        unsafe matrix.buffer.base + matrix.offset
        + (terms.lowerBound + term) * matrix.stride + columns.lowerBound
      var target = unsafe packed.base + term * stride
      for panel in 0..<whole {
        for vector in 0..<vectors {
          let numbers = unsafe Element.load(source + panel * width + 16 * vector)
          if stride < 16 {
            // Sixteen numbers would overwrite the first term of the next panel.
            unsafe UnsafeMutableRawPointer(target).storeBytes(
              of: numbers.lowHalf, as: SIMD8<Float>.self)
          } else {
            unsafe Float.store(numbers, target + 16 * vector)
          }
        }
        unsafe target += terms.count * stride
      }
      for panel in whole..<max(whole, count) {
        let rest = min(width, columns.count - panel * width)
        let (from, to) = unsafe (
          Row(start: source + panel * width, count: rest), Row(start: target, count: rest)
        )
        for lanes in Lanes.of(rest) { to[lanes] = from[lanes] }
        unsafe target += terms.count * stride
      }
    }
  }

  /// The rows of storage are columns.
  @unsafe private func packTransposed<Element: Numeral>(
    _ matrix: Matrix<Element>, _ columns: Range<Int>, _ terms: Range<Int>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let block = Self.block
    for column in Swift.stride(from: 0, to: columns.count, by: block) {
      for term in Swift.stride(from: 0, to: terms.count, by: block) {
        let size = (
          columns: min(block, columns.count - column), terms: min(block, terms.count - term)
        )
        let source =
          unsafe matrix.buffer.base + matrix.offset
          + (columns.lowerBound + column) * matrix.stride + terms.lowerBound + term
        let target = unsafe target + term * stride + column
        if Element.self == Float.self {
          let source = unsafe UnsafeRawPointer(source).assumingMemoryBound(to: Float.self)
          unsafe turn(size, source, matrix.stride, target)
        } else {
          for column in 0..<size.columns {
            let from = unsafe Row(
              start: UnsafeMutablePointer(mutating: source + column * matrix.stride),
              count: size.terms)
            let to = widened.row((column * block)..<(column * block + size.terms))
            for lanes in Lanes.of(size.terms) { to[lanes] = from[lanes] }
          }
          unsafe turn(size, widened.base, block, target)
        }
      }
    }
  }

  @unsafe @inline(__always)
  private func turn(
    _ size: (columns: Int, terms: Int), _ source: UnsafePointer<Float>, _ sourceStride: Int,
    _ target: UnsafeMutablePointer<Float>
  ) {
    unsafe cproducts_transpose(
      Int32(size.columns), Int32(size.terms), source, sourceStride, target, stride)
  }
}
