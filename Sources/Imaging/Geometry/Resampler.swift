/// Makes a picture larger or smaller, with Pillow's bytes.
///
/// Each direction is a pass with bytes behind it; one with nothing to do is left out. Rows are resampled first, unless
/// the height loses more than twice as many pixels as the width. The weights depend on the sizes alone: a resampler
/// serves all pictures of one size.
///
/// - Note: Source: `Resample.c` of Pillow 13. Before that version rows were always first.
public struct Resampler: Sendable {
  /// The position of the result in the source, in pixels from the top left corner.
  public struct Box: Sendable, Equatable {
    /// The upper edge.
    public var top: Float
    /// The left edge.
    public var left: Float
    /// The lower edge.
    public var bottom: Float
    /// The right edge.
    public var right: Float

    /// The box with these edges.
    public init(top: Float, left: Float, bottom: Float, right: Float) {
      (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
    }
  }

  private let rows: Int
  private let columns: Int
  private let resultRows: Int
  private let resultColumns: Int

  /// The weights of both directions; nil if nothing is to do.
  private let vertical: ResamplingWeights?
  private let horizontal: ResamplingWeights?

  /// Whether columns are resampled before rows.
  private var beginsWithColumns: Bool {
    rows - resultRows > max(0, 2 * (columns - resultColumns))
  }

  /// A resampler from `rows` × `columns` pixels to `resultRows` × `resultColumns`.
  ///
  /// - Parameters:
  ///   - rows: the height of the source.
  ///   - columns: the width of the source.
  ///   - resultRows: the height of the result.
  ///   - resultColumns: the width of the result.
  ///   - interpolation: the weights.
  ///   - box: the part of the source that becomes the result; all of it by default. Pixels around it count.
  public init(
    rows: Int, columns: Int, resultRows: Int, resultColumns: Int, interpolation: Interpolation,
    box: Box? = nil
  ) {
    precondition(
      min(rows, columns, resultRows, resultColumns) > 0,
      "resampling of \(rows)×\(columns) pixels to \(resultRows)×\(resultColumns)")
    let all = Box(top: 0, left: 0, bottom: Float(rows), right: Float(columns))
    let box = box ?? all
    precondition(
      0 <= box.top && box.top < box.bottom && box.bottom <= all.bottom && 0 <= box.left
        && box.left < box.right && box.right <= all.right,
      "\(box) of a picture of \(rows)×\(columns) pixels")
    (self.rows, self.columns) = (rows, columns)
    (self.resultRows, self.resultColumns) = (resultRows, resultColumns)
    let isSame = (
      rows: resultRows == rows && box.top == 0 && box.bottom == all.bottom,
      columns: resultColumns == columns && box.left == 0 && box.right == all.right
    )
    vertical =
      isSame.rows
      ? nil
      : ResamplingWeights(
        size: rows, start: box.top, end: box.bottom, count: resultRows,
        interpolation: interpolation)
    horizontal =
      isSame.columns
      ? nil
      : ResamplingWeights(
        size: columns, start: box.left, end: box.right, count: resultColumns,
        interpolation: interpolation)
  }

  /// The picture in its new size.
  ///
  /// - Parameters:
  ///   - image: the source.
  ///   - crop: the part that is resampled as if there were nothing around it; all of it by default.
  /// - Returns: the resampled picture.
  /// - Precondition: the part has the size that the resampler was made for.
  public func callAsFunction(_ image: RasterImage, crop: PixelRectangle? = nil) -> RasterImage {
    let crop = crop ?? image.bounds
    precondition(
      crop.rows == rows && crop.columns == columns,
      "\(crop.rows)×\(crop.columns) pixels for a resampler of \(rows)×\(columns)")
    if beginsWithColumns, let vertical {
      let middle = resampleColumns(of: image, crop, vertical)
      return horizontal.map { resampleRows(of: middle, middle.bounds, $0) } ?? middle
    }
    guard let horizontal else {
      return vertical.map { resampleColumns(of: image, crop, $0) } ?? image.cropped(to: crop)
    }
    guard let vertical else { return resampleRows(of: image, crop, horizontal) }
    // Rows without a weight are not needed.
    let used = vertical.source
    let part = PixelRectangle(
      top: crop.top + used.lowerBound, left: crop.left, rows: used.count, columns: crop.columns)
    let middle = resampleRows(of: image, part, horizontal)
    return resampleColumns(of: middle, middle.bounds, vertical, firstRow: used.lowerBound)
  }

  /// Resamples the rows of a part of a picture.
  private func resampleRows(
    of image: RasterImage, _ part: PixelRectangle, _ weights: ResamplingWeights
  ) -> RasterImage {
    let channels = image.channels
    let width = resultColumns * channels
    var result = [UInt8](repeating: 0, count: part.rows * width)
    var pixels = [SIMD4<Int32>](repeating: SIMD4(), count: part.columns)
    var target = result.mutableSpan
    for row in 0..<part.rows {
      let start = ((part.top + row) * image.columns + part.left) * channels
      let source = image.bytes.span.extracting(start..<(start + part.columns * channels))
      if channels == 3 {
        for column in 0..<part.columns {
          pixels[column] = SIMD4(
            Int32(source[3 * column]), Int32(source[3 * column + 1]),
            Int32(source[3 * column + 2]), 0)
        }
      } else {
        for column in 0..<part.columns { pixels[column] = SIMD4(Int32(source[column]), 0, 0, 0) }
      }
      resample(pixels.span, into: &target, at: row * width, channels: channels, weights)
    }
    return RasterImage(
      rows: part.rows, columns: resultColumns, channels: channels, bytes: result)
  }

  /// Resamples one row, whose pixels have their channels in lanes.
  private func resample(
    _ pixels: Span<SIMD4<Int32>>, into result: inout MutableSpan<UInt8>, at start: Int,
    channels: Int, _ weights: ResamplingWeights
  ) {
    let (starts, counts) = (weights.starts.span, weights.counts.span)
    let values = weights.values.span
    for column in 0..<resultColumns {
      let (first, count) = (starts[column], counts[column])
      let window = pixels.extracting(first..<(first + count))
      let factors = values.extracting(
        (column * weights.stride)..<(column * weights.stride + count))
      var sum = SIMD4<Int32>(repeating: 1 << (ResamplingWeights.precision - 1))
      for index in 0..<count {
        sum = sum &+ window[index] &* SIMD4(repeating: factors[index])
      }
      for channel in 0..<channels {
        result[start + column * channels + channel] = byte(sum[channel])
      }
    }
  }

  /// Resamples the columns of a part of a picture whose first row is `firstRow` for the weights.
  private func resampleColumns(
    of image: RasterImage, _ part: PixelRectangle, _ weights: ResamplingWeights, firstRow: Int = 0
  ) -> RasterImage {
    let width = part.columns * image.channels
    var result = [UInt8](repeating: 0, count: resultRows * width)
    var target = result.mutableSpan
    var sums = [Int32](repeating: 0, count: width)
    for row in 0..<resultRows {
      var sum = sums.mutableSpan
      for index in 0..<width { sum[index] = 1 << (ResamplingWeights.precision - 1) }
      for tap in 0..<weights.counts[row] {
        let sourceRow = part.top + weights.starts[row] + tap - firstRow
        let start = (sourceRow * image.columns + part.left) * image.channels
        let source = image.bytes.span.extracting(start..<(start + width))
        let factor = weights.values[row * weights.stride + tap]
        for index in 0..<width {
          sum[index] = sum[index] &+ Int32(source[index]) &* factor
        }
      }
      for index in 0..<width { target[row * width + index] = byte(sum[index]) }
    }
    return RasterImage(
      rows: resultRows, columns: part.columns, channels: image.channels, bytes: result)
  }
}

/// The byte of a sum of bytes times weights, cut off at 0 and 255.
@inline(__always)
private func byte(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: min(max(sum &>> ResamplingWeights.precision, 0), 255))
}

extension RasterImage {
  /// The picture resampled to `rows` × `columns` pixels; see ``Resampler``.
  ///
  /// - Parameters:
  ///   - rows: the height of the result.
  ///   - columns: the width of the result.
  ///   - interpolation: the weights.
  ///   - crop: the part that is resampled as if there were nothing around it; all of it by default.
  /// - Returns: the resampled picture.
  public func resampled(
    rows: Int, columns: Int, interpolation: Interpolation, crop: PixelRectangle? = nil
  ) -> RasterImage {
    let crop = crop ?? bounds
    return Resampler(
      rows: crop.rows, columns: crop.columns, resultRows: rows, resultColumns: columns,
      interpolation: interpolation)(self, crop: crop)
  }
}
