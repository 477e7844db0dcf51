/// The neighbours on a line that a resampled number is computed from, and their weights, which sum to 1.
///
/// At the ends of the line the window is cut off.
///
/// - Note: Source: Pillow's `Resample.c`; PyTorch's bicubic interpolation with antialiasing has the same weights.
package struct ResamplingWindow: Sendable, Equatable {
  /// The first neighbour.
  package private(set) var first = 0

  /// The weights of it and of those after it.
  package private(set) var weights: [Double] = []

  /// No neighbours yet.
  package init() {}

  /// Computes the window around a place.
  ///
  /// - Parameters:
  ///   - center: the place, in source numbers from the beginning of the line; the first number is at 0.5.
  ///   - size: the length of the line.
  ///   - interpolation: the weight by distance.
  ///   - filterScale: by how much the window is wider than where nothing is reduced.
  package mutating func move(
    to center: Double, size: Int, _ interpolation: Interpolation, filterScale: Double
  ) {
    let support = interpolation.support * filterScale
    first = max(Int(center - support + 0.5), 0)
    let last = min(Int(center + support + 0.5), size)
    weights.removeAll(keepingCapacity: true)
    var sum = 0.0
    for source in first..<last {
      let weight = interpolation.weight(at: (Double(source) - center + 0.5) * (1 / filterScale))
      weights.append(weight)
      sum += weight
    }
    if sum != 0 { for index in weights.indices { weights[index] /= sum } }
  }
}

extension ResamplingWindow {
  /// The windows by which a line of `size` numbers becomes one of `count`.
  ///
  /// - Parameters:
  ///   - size: the length of the line.
  ///   - count: the length of the result.
  ///   - interpolation: the weight by distance.
  ///   - antialiased: whether the window grows on reduction, so that no number is skipped.
  /// - Returns: a window for each number of the result; where the lengths are equal, the number alone has a weight.
  package static func line(
    from size: Int, to count: Int, _ interpolation: Interpolation, antialiased: Bool
  ) -> [ResamplingWindow] {
    let scale = Double(size) / Double(count)
    return (0..<count).map { index in
      var window = ResamplingWindow()
      window.move(
        to: (Double(index) + 0.5) * scale, size: size, interpolation,
        filterScale: antialiased ? max(scale, 1) : 1)
      return window
    }
  }
}
