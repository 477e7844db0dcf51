/// The weights with which pixels of a line make those of a longer or shorter one.
///
/// On reduction the window grows with the factor, so that no source pixel is skipped; at the borders it is cut off.
///
/// - Note: Source: Pillow's `Resample.c`. Its weights are integers of 2²², and so its sums have one value.
struct ResamplingWeights: Sendable, Equatable {
  /// The bits after the point of a weight.
  static let precision: Int32 = 22

  /// For each pixel of the result, the first source pixel of its window.
  private(set) var starts: [Int] = []

  /// For each pixel of the result, the number of source pixels in its window.
  private(set) var counts: [Int] = []

  /// (result, ``stride``) weights; those after the window are 0.
  private(set) var values: [Int32] = []

  /// The most pixels that a window can have.
  let stride: Int

  /// The weights for one direction.
  ///
  /// - Parameters:
  ///   - size: the number of source pixels.
  ///   - start: where the first pixel of the result begins, in source pixels from the border.
  ///   - end: where the last one ends.
  ///   - count: the number of pixels of the result.
  ///   - interpolation: the weight by distance.
  init(size: Int, start: Float, end: Float, count: Int, interpolation: Interpolation) {
    let scale = Double(end - start) / Double(count)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    values = [Int32](repeating: 0, count: count * stride)
    starts.reserveCapacity(count)
    counts.reserveCapacity(count)
    var window = ResamplingWindow()
    for pixel in 0..<count {
      window.move(
        to: Double(start) + (Double(pixel) + 0.5) * scale, size: size, interpolation,
        filterScale: filterScale)
      for (index, weight) in window.weights.enumerated() {
        let share = weight * Double(1 << Self.precision)
        values[pixel * stride + index] = Int32(share < 0 ? share - 0.5 : share + 0.5)
      }
      starts.append(window.first)
      counts.append(window.weights.count)
    }
  }

  /// The source pixels that have a weight.
  var source: Range<Int> {
    guard let first = starts.first, let start = starts.last, let count = counts.last else {
      return 0..<0
    }
    return first..<(start + count)
  }
}
