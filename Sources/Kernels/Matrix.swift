import CLanes

/// A view of part of a buffer as `rows` × `columns` numbers, row-major.
///
/// Kernels receive their operands as views, which share the buffer and copy nothing.
public struct Matrix<Element: Numeral>: Sendable {
  /// The storage of the elements.
  public let buffer: Buffer<Element>

  /// The element of the buffer at row 0, column 0.
  public let offset: Int

  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The number of elements from the start of one stored row to the start of the next.
  public let stride: Int

  /// Whether rows and columns of the storage are swapped; only matrix products take such views.
  public let isTransposed: Bool

  /// A view of `rows` × `columns` elements that begin at `offset`, rows `stride` apart.
  ///
  /// - Precondition: the buffer holds every element.
  public init(
    _ buffer: Buffer<Element>, at offset: Int, rows: Int, columns: Int, stride: Int? = nil
  ) {
    self.init(
      buffer: buffer, offset: offset, rows: rows, columns: columns, stride: stride ?? columns,
      isTransposed: false)
    precondition(
      rows >= 0 && columns >= 0 && self.stride >= columns,
      "a matrix of \(rows) × \(columns) with rows \(self.stride) apart")
    let count = rows == 0 ? 0 : (rows - 1) * self.stride + columns
    buffer.check(offset..<(offset + count))
  }

  private init(
    buffer: Buffer<Element>, offset: Int, rows: Int, columns: Int, stride: Int, isTransposed: Bool
  ) {
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.isTransposed = isTransposed
  }

  /// The same elements with rows and columns swapped.
  public var transposed: Matrix {
    Matrix(
      buffer: buffer, offset: offset, rows: columns, columns: rows, stride: stride,
      isTransposed: !isTransposed)
  }

  /// The rows of `range`, all columns.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(!isTransposed, "rows of a transposed view")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of a matrix of \(rows)")
    return Matrix(
      buffer, at: offset + range.lowerBound * stride, rows: range.count, columns: columns,
      stride: stride)
  }

  /// The columns of `range`, all rows.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(!isTransposed, "columns of a transposed view")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns,
      "columns \(range) of a matrix of \(columns)")
    return Matrix(
      buffer, at: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// The part at these rows and columns.
  public subscript(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    self.rows(rows).columns(columns)
  }

  /// The elements row by row, copied.
  public var values: [Float] {
    (0..<rows).flatMap { index in
      let row = row(index)
      return (0..<columns).map { row[$0] }
    }
  }

  /// Row number `index`.
  @inline(__always)
  func row(_ index: Int) -> Row<Element> {
    precondition(index >= 0 && index < rows && !isTransposed, "row outside of the matrix")
    let start = offset &+ index &* stride
    return buffer.row(start..<(start &+ columns))
  }

  /// Traps unless this is `rows` × `columns`.
  func requireShape(_ rows: Int, _ columns: Int, _ name: StaticString) {
    precondition(
      self.rows == rows && self.columns == columns,
      "\(name) is \(self.rows) × \(self.columns), must be \(rows) × \(columns)")
  }
}

extension Matrix {
  /// Reads every element once, first to last, to bring them into the cache.
  func readAhead() {
    let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
    guard height > 0 else { return }
    let count = (height - 1) * stride + width
    unsafe clanes_read_ahead(buffer.base + offset, count * MemoryLayout<Element>.stride)
  }
}
