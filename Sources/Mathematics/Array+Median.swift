extension [Double] {
  /// The middle of the sorted numbers, of which there is at least one.
  package var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
