/// Pixels of a picture between two rows and two columns.
public struct PixelRectangle: Sendable, Equatable {
  /// The first row.
  public var top: Int

  /// The first column.
  public var left: Int

  /// The height in pixels.
  public var rows: Int

  /// The width in pixels.
  public var columns: Int

  /// The rectangle of `rows` × `columns` pixels whose first pixel is (`top`, `left`).
  public init(top: Int, left: Int, rows: Int, columns: Int) {
    self.top = top
    self.left = left
    self.rows = rows
    self.columns = columns
  }

  /// The number of pixels.
  public var area: Int { rows * columns }

  /// Whether the rectangle is inside a picture of `rows` × `columns` pixels and has one.
  func isInside(rows: Int, columns: Int) -> Bool {
    top >= 0 && left >= 0 && self.rows > 0 && self.columns > 0 && top + self.rows <= rows
      && left + self.columns <= columns
  }
}

extension RasterImage {
  /// All of the picture.
  public var bounds: PixelRectangle {
    PixelRectangle(top: 0, left: 0, rows: rows, columns: columns)
  }

  /// The part of the picture in `rectangle`.
  ///
  /// - Precondition: the rectangle is inside the picture.
  public func cropped(to rectangle: PixelRectangle) -> RasterImage {
    precondition(
      rectangle.isInside(rows: rows, columns: columns),
      "\(rectangle) of a picture of \(rows)×\(columns) pixels")
    if rectangle == bounds { return self }
    var result: [UInt8] = []
    result.reserveCapacity(rectangle.area * channels)
    for row in rectangle.top..<(rectangle.top + rectangle.rows) {
      let start = (row * columns + rectangle.left) * channels
      result.append(contentsOf: bytes[start..<(start + rectangle.columns * channels)])
    }
    return RasterImage(
      rows: rectangle.rows, columns: rectangle.columns, channels: channels, bytes: result)
  }

  /// The picture with black pixels around it.
  ///
  /// - Parameters:
  ///   - top: the number of rows to add above; the others alike.
  ///   - left: columns on the left.
  ///   - bottom: rows below.
  ///   - right: columns on the right.
  /// - Returns: the larger picture.
  public func padded(top: Int, left: Int, bottom: Int, right: Int) -> RasterImage {
    precondition(
      min(top, left, bottom, right) >= 0, "padding of \(top), \(left), \(bottom), \(right)")
    let (height, width) = (top + rows + bottom, left + columns + right)
    var result = [UInt8](repeating: 0, count: height * width * channels)
    for row in 0..<rows {
      let target = ((top + row) * width + left) * channels
      let source = row * columns * channels
      result.replaceSubrange(
        target..<(target + columns * channels),
        with: bytes[source..<(source + columns * channels)])
    }
    return RasterImage(rows: height, columns: width, channels: channels, bytes: result)
  }

  /// The picture mirrored left to right.
  public var flipped: RasterImage {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns {
        let target = (row * columns + column) * channels
        let source = (row * columns + columns - 1 - column) * channels
        for channel in 0..<channels { result.bytes[target + channel] = bytes[source + channel] }
      }
    }
    return result
  }
}
