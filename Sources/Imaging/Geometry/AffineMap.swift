import Mathematics

/// Where each pixel of a result comes from: x = xx·x′ + xy·y′ + x₀ and y = yx·x′ + yy·y′ + y₀.
///
/// Coordinates are those of pixel centres, in pixels from the top left corner of the picture.
///
/// - Note: Source: Pillow's `Geometry.c` and `Image.rotate`.
struct AffineMap: Equatable {
  var xx = 1.0
  var xy = 0.0
  var x0 = 0.0
  var yx = 0.0
  var yy = 1.0
  var y0 = 0.0

  /// Rows move sideways by `factor` pixels for each row.
  static func shearX(_ factor: Double) -> AffineMap { AffineMap(xy: factor) }

  /// Columns move up by `factor` pixels for each column.
  static func shearY(_ factor: Double) -> AffineMap { AffineMap(yx: factor) }

  /// The picture moves to the left and up.
  static func translation(x: Double, y: Double) -> AffineMap { AffineMap(x0: x, y0: y) }

  /// A rotation about the centre of `rows` × `columns` pixels, counter-clockwise where `degrees` > 0.
  static func rotation(degrees: Double, rows: Int, columns: Int) -> AffineMap {
    var positive = degrees.truncatingRemainder(dividingBy: 360)
    if positive < 0 { positive += 360 }
    let (sine, cosine) = sineAndCosine(-(positive * (.pi / 180)))
    // Rounded, so that right angles are exact.
    let (s, c) = (roundedTo15Places(sine), roundedTo15Places(cosine))
    let (x, y) = (Double(columns) / 2, Double(rows) / 2)
    return AffineMap(
      xx: c, xy: s, x0: (c * -x + s * -y) + x, yx: -s, yy: c, y0: (-s * -x + c * -y) + y)
  }
}

/// The number nearest to `value` with 15 digits after the point, for |value| ≤ 1.
private func roundedTo15Places(_ value: Double) -> Double {
  // The product and what it lost: its half ways are decided as in decimal.
  let product = value * 1e15
  let lost = (-product).addingProduct(value, 1e15)
  var whole = product.rounded(.toNearestOrEven)
  let rest = (product - whole) + lost
  if rest > 0.5 { whole += 1 }
  if rest < -0.5 { whole -= 1 }
  return whole / 1e15
}

extension RasterImage {
  /// The picture moved by `map`, in its size.
  ///
  /// A pixel whose centre comes from outside the picture takes the colour `fill`; neighbours outside repeat the
  /// border. Results are cut to whole numbers, not rounded.
  ///
  /// - Parameters:
  ///   - map: where pixels come from.
  ///   - interpolation: bilinear, or bicubic with a = -1; neither widens on reduction.
  ///   - fill: one byte a channel.
  /// - Returns: the moved picture.
  func transformed(by map: AffineMap, _ interpolation: Interpolation, fill: [UInt8])
    -> RasterImage
  {
    precondition(fill.count == channels, "a fill of \(fill.count) bytes for \(channels) channels")
    var result = self
    let source = PixelGrid(self)
    for row in 0..<rows {
      for column in 0..<columns {
        let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
        let fromX = map.xx * x + map.xy * y + map.x0
        let fromY = map.yx * x + map.yy * y + map.y0
        let target = (row * columns + column) * channels
        guard fromX >= 0, fromX < Double(columns), fromY >= 0, fromY < Double(rows) else {
          for channel in 0..<channels { result.bytes[target + channel] = fill[channel] }
          continue
        }
        let value =
          switch interpolation {
          case .bilinear: source.bilinear(x: fromX - 0.5, y: fromY - 0.5)
          case .bicubic: source.bicubic(x: fromX - 0.5, y: fromY - 0.5)
          }
        for channel in 0..<channels {
          result.bytes[target + channel] = UInt8(min(max(value[channel], 0), 255))
        }
      }
    }
    return result
  }
}

/// The pixels of a picture with their channels in lanes, to be read between their centres.
private struct PixelGrid {
  private let rows: Int
  private let columns: Int
  private let pixels: [SIMD4<Float>]

  init(_ image: RasterImage) {
    (rows, columns) = (image.rows, image.columns)
    let bytes = image.bytes
    if image.channels == 1 {
      pixels = bytes.map { SIMD4<Float>(Float($0), 0, 0, 0) }
    } else {
      pixels = stride(from: 0, to: bytes.count, by: 3).map { index in
        let (red, green, blue) = (bytes[index], bytes[index + 1], bytes[index + 2])
        return SIMD4<Float>(Float(red), Float(green), Float(blue), 0)
      }
    }
  }

  /// The pixel, or the nearest of the border.
  @inline(__always)
  private func pixel(_ row: Int, _ column: Int) -> SIMD4<Double> {
    SIMD4<Double>(
      pixels[min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1)])
  }

  /// The value at `x` columns and `y` rows from the centre of the first pixel.
  func bilinear(x: Double, y: Double) -> SIMD4<Double> {
    let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (dx, dy) = (x - Double(column), y - Double(row))
    func line(_ row: Int) -> SIMD4<Double> {
      let left = pixel(row, column)
      return left + (pixel(row, column + 1) - left) * dx
    }
    let upper = line(row)
    return dy == 0 ? upper : upper + (line(row + 1) - upper) * dy
  }

  /// The value at `x` columns and `y` rows from the centre of the first pixel.
  func bicubic(x: Double, y: Double) -> SIMD4<Double> {
    let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (dx, dy) = (x - Double(column), y - Double(row))
    func line(_ row: Int) -> SIMD4<Double> {
      if dx == 0 { return pixel(row, column) }
      return cubic(
        pixel(row, column - 1), pixel(row, column), pixel(row, column + 1),
        pixel(row, column + 2), dx)
    }
    if dy == 0 { return line(row) }
    return cubic(line(row - 1), line(row), line(row + 1), line(row + 2), dy)
  }
}

/// The cubic with a = -1 through `second` and `third`, at the share `d` of the way between them.
@inline(__always)
private func cubic(
  _ first: SIMD4<Double>, _ second: SIMD4<Double>, _ third: SIMD4<Double>,
  _ fourth: SIMD4<Double>, _ d: Double
) -> SIMD4<Double> {
  let linear = third - first
  let square = 2 * (first - second) + third - fourth
  let cube = second - first - third + fourth
  return second + d * (linear + d * (square + d * cube))
}
