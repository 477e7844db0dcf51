import Mathematics
public import Randomness

/// A part of a picture of random size and shape, which becomes the model's input.
///
/// - Note: Source: timm's `RandomResizedCropAndInterpolation`.
public struct RandomResizedCrop: Sendable, Equatable {
  /// The least and the largest share of the picture's area; 0.08 to 1 for ImageNet.
  public var scale: ClosedRange<Double>

  /// The least and the largest ratio of width to height; 3/4 to 4/3 for ImageNet.
  public var ratio: ClosedRange<Double>

  /// A crop with these bounds, which are positive.
  public init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3 / 4...4 / 3) {
    precondition(
      scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
      "a crop of scale \(scale) and ratio \(ratio)")
    self.scale = scale
    self.ratio = ratio
  }

  /// The part of a picture of `rows` × `columns` pixels that `key` draws.
  ///
  /// Ten attempts at a size that fits are made, then the largest part of an allowed shape is taken from the middle.
  public func rectangle(rows: Int, columns: Int, key: RandomKey) -> PixelRectangle {
    for attempt in 0..<10 {
      let size = size(
        rows: rows, columns: columns, areaDraw: Double(key.uniform(4 * attempt)),
        ratioDraw: Double(key.uniform(4 * attempt + 1)))
      guard let size else { continue }
      return PixelRectangle(
        top: key.integer(4 * attempt + 2, below: rows - size.rows + 1),
        left: key.integer(4 * attempt + 3, below: columns - size.columns + 1),
        rows: size.rows, columns: size.columns)
    }
    return fallback(rows: rows, columns: columns)
  }

  /// The size for two numbers drawn in 0..<1; nil if it does not fit.
  func size(rows: Int, columns: Int, areaDraw: Double, ratioDraw: Double)
    -> (rows: Int, columns: Int)?
  {
    let share = scale.lowerBound + (scale.upperBound - scale.lowerBound) * areaDraw
    let area = share * Double(rows * columns)
    let (low, high) = (logarithm(ratio.lowerBound), logarithm(ratio.upperBound))
    let ratio = exponential(low + (high - low) * ratioDraw)
    let width = Int((area * ratio).squareRoot().rounded(.toNearestOrEven))
    let height = Int((area / ratio).squareRoot().rounded(.toNearestOrEven))
    let fits = 0 < width && width <= columns && 0 < height && height <= rows
    return fits ? (height, width) : nil
  }

  /// The largest part of an allowed shape, from the middle.
  func fallback(rows: Int, columns: Int) -> PixelRectangle {
    var (height, width) = (rows, columns)
    let current = Double(columns) / Double(rows)
    if current < ratio.lowerBound {
      height = Int((Double(width) / ratio.lowerBound).rounded(.toNearestOrEven))
    } else if current > ratio.upperBound {
      width = Int((Double(height) * ratio.upperBound).rounded(.toNearestOrEven))
    }
    (height, width) = (min(max(height, 1), rows), min(max(width, 1), columns))
    return PixelRectangle(
      top: (rows - height) / 2, left: (columns - width) / 2, rows: height, columns: width)
  }
}
