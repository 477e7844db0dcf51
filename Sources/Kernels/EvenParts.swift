extension Range<Int> {
  /// The range cut into the fewest parts of at most `most` elements, as evenly as possible.
  ///
  /// - Parameters:
  ///   - most: the largest size of a part, a multiple of `unit`.
  ///   - unit: the size of every part but the last is a multiple of it.
  /// - Returns: the parts, first to last.
  func evenParts(atMost most: Int, multiplesOf unit: Int = 1) -> EvenParts {
    guard count > most else { return EvenParts(self, size: Swift.max(count, 1)) }
    let parts = (count + most - 1) / most
    return EvenParts(self, size: ((count + parts - 1) / parts).roundedUp(to: unit))
  }
}

/// Parts of a range without an array, whose allocation small products would feel.
struct EvenParts: Sequence, IteratorProtocol {
  private var rest: Range<Int>
  private let size: Int

  /// The parts of `range`, each but the last of `size` ≥ 1 elements.
  init(_ range: Range<Int>, size: Int) {
    rest = range
    self.size = size
  }

  mutating func next() -> Range<Int>? {
    guard !rest.isEmpty else { return nil }
    let end = Swift.min(rest.lowerBound + size, rest.upperBound)
    defer { rest = end..<rest.upperBound }
    return rest.lowerBound..<end
  }
}

extension Int {
  /// This number rounded up to a multiple of `unit`.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
