/// Which elements of a tensor have been written: disjoint ranges in rising order.
struct ElementCoverage: Sendable {
  private var ranges: [Range<Int>] = []

  /// Adds `range`.
  ///
  /// - Precondition: no element of it was added before: two writers of one element are a mistake
  ///   in the plan of a save.
  mutating func add(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lowerBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    let before = low > 0 ? ranges[low - 1] : nil
    let after = low < ranges.count ? ranges[low] : nil
    precondition(
      (before?.upperBound ?? 0) <= range.lowerBound
        && range.upperBound <= (after?.lowerBound ?? .max),
      "elements \(range) are written twice")
    let first = before?.upperBound == range.lowerBound ? low - 1 : low
    let last = after?.lowerBound == range.upperBound ? low + 1 : low
    let start = first < low ? ranges[first].lowerBound : range.lowerBound
    let end = last > low ? ranges[low].upperBound : range.upperBound
    ranges.replaceSubrange(first..<last, with: CollectionOfOne(start..<end))
  }

  /// The first gap in 0..<`count`; nil if all are covered.
  func firstGap(below count: Int) -> Range<Int>? {
    guard let first = ranges.first else { return count > 0 ? 0..<count : nil }
    if first.lowerBound > 0 { return 0..<first.lowerBound }
    let end = ranges.count > 1 ? ranges[1].lowerBound : count
    return first.upperBound < end ? first.upperBound..<end : nil
  }
}
