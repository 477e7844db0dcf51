import Mathematics
public import Randomness

/// A rectangle of the model's input replaced by nothing or by noise.
///
/// - Note: Source: "Random Erasing Data Augmentation", arXiv 1708.04896, with timm's bounds.
public struct RandomErasing: Sendable, Equatable {
  /// What replaces the rectangle.
  public enum Fill: String, Sendable, CaseIterable {
    /// Zeros: after normalisation the mean colour.
    case const
    /// A number of the standard normal distribution for each channel.
    case rand
    /// A number of the standard normal distribution for each pixel and channel.
    case pixel
  }

  /// How often a sample is erased, from 0 to 1.
  public var probability: Double

  /// What replaces the rectangle.
  public var fill: Fill

  /// Erasing with this probability.
  public init(probability: Double, fill: Fill) {
    precondition((0...1).contains(probability), "an erasing probability of \(probability)")
    self.probability = probability
    self.fill = fill
  }

  /// What `key` draws in an input of `rows` × `columns` pixels; nil if nothing is erased.
  ///
  /// The area is 0.02 to 1/3 of the input's, the ratio of height to width 0.3 to 1/0.3. Ten attempts are made at a
  /// rectangle that is lower and narrower than the input.
  public func plan(rows: Int, columns: Int, key: RandomKey) -> PixelRectangle? {
    if Double(key.uniform(0)) >= probability { return nil }
    for attempt in 0..<10 {
      let index = 4 + 4 * attempt
      let size = size(
        rows: rows, columns: columns, areaDraw: Double(key.uniform(index)),
        ratioDraw: Double(key.uniform(index + 1)))
      guard let size else { continue }
      return PixelRectangle(
        top: key.integer(index + 2, below: rows - size.rows + 1),
        left: key.integer(index + 3, below: columns - size.columns + 1), rows: size.rows,
        columns: size.columns)
    }
    return nil
  }

  /// The size for two numbers drawn in 0..<1; nil if it does not fit.
  func size(rows: Int, columns: Int, areaDraw: Double, ratioDraw: Double)
    -> (rows: Int, columns: Int)?
  {
    let share = 0.02 + (1 / 3 - 0.02) * areaDraw
    let area = share * Double(rows * columns)
    let (low, high) = (logarithm(0.3), logarithm(1 / 0.3))
    let ratio = exponential(low + (high - low) * ratioDraw)
    let height = Int((area * ratio).squareRoot().rounded(.toNearestOrEven))
    let width = Int((area / ratio).squareRoot().rounded(.toNearestOrEven))
    return height < rows && width < columns ? (height, width) : nil
  }

  /// Erases a rectangle of one input.
  ///
  /// - Parameters:
  ///   - rectangle: what is erased.
  ///   - values: holds (channels, rows, columns) normalised values of the input.
  ///   - start: where they begin.
  ///   - channels: the number of channels.
  ///   - rows: the height of the input.
  ///   - columns: the width of the input.
  ///   - key: where the noise comes from, ``RandomPurpose/erasedPixels``.
  public func erase(
    _ rectangle: PixelRectangle, of values: inout MutableSpan<Float>, at start: Int = 0,
    channels: Int, rows: Int, columns: Int, key: RandomKey
  ) {
    precondition(
      values.count >= start + channels * rows * columns,
      "\(values.count) values for \(start) and \(channels)×\(rows)×\(columns)")
    for channel in 0..<channels {
      let color: Float = fill == .rand ? Float(key.normal(channel)) : 0
      for row in rectangle.top..<(rectangle.top + rectangle.rows) {
        for column in rectangle.left..<(rectangle.left + rectangle.columns) {
          let index = (channel * rows + row) * columns + column
          values[start + index] = fill == .pixel ? Float(key.normal(index)) : color
        }
      }
    }
  }
}
