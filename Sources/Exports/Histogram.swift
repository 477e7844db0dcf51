/// How many numbers lie in each of ``bucketCount`` intervals of one width, from the smallest to the largest.
package struct Histogram: Sendable, Equatable {
  /// The number of intervals, which TensorBoard wants to be the same at all steps.
  package static let bucketCount = 30

  /// The smallest number; 0 if there is none.
  package let minimum: Double
  /// The width of an interval.
  package let width: Double
  /// How many numbers each interval holds; the last one has its right end too.
  package let counts: [Int]

  /// Counts the finite ones of `values`.
  ///
  /// Equal numbers lie in the middle of intervals that together are 1 wide.
  package init(_ values: Span<Float>) {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for index in values.indices where values[index].isFinite {
      least = min(least, values[index])
      greatest = max(greatest, values[index])
    }
    var counts = [Int](repeating: 0, count: Self.bucketCount)
    guard least <= greatest else {
      (minimum, width, self.counts) = (0, 0, counts)
      return
    }
    let isPoint = least == greatest
    let start = Double(least) - (isPoint ? 0.5 : 0)
    let end = Double(greatest) + (isPoint ? 0.5 : 0)
    let scale = Double(Self.bucketCount) / (end - start)
    for index in values.indices where values[index].isFinite {
      counts[min(Self.bucketCount - 1, Int((Double(values[index]) - start) * scale))] += 1
    }
    (minimum, width, self.counts) = (start, (end - start) / Double(Self.bucketCount), counts)
  }

  /// (intervals, 3): the left and right end of each, and its count.
  var rows: [Double] {
    counts.enumerated().flatMap { index, count in
      [minimum + Double(index) * width, minimum + Double(index + 1) * width, Double(count)]
    }
  }
}
