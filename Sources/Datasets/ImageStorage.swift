import Threading

/// Arrays of values that wait to be used again, so that batches allocate nothing once running.
final class ImageStorage: Sendable {
  private let arrays = Monitor<[[Float]]>([])
  private let limit: Int

  /// A store of at most `limit` arrays.
  init(limit: Int) {
    self.limit = limit
  }

  /// An array of `count` values with any content.
  func take(count: Int) -> [Float] {
    var taken = arrays.change { $0.popLast() } ?? []
    if taken.count > count {
      taken.removeLast(taken.count - count)
    } else {
      taken.append(contentsOf: repeatElement(0, count: count - taken.count))
    }
    return taken
  }

  /// Keeps `array` for later.
  func give(_ array: [Float]) {
    arrays.change { arrays in
      if arrays.count < limit { arrays.append(array) }
    }
  }
}
