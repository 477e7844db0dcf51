import Configuration

extension Range<Int> {
  /// Consecutive parts of `size`, the first full, and the last too if there are three or more.
  ///
  /// What is left over is the part after the first.
  package func groups(of size: Int) -> [Range<Int>] {
    precondition(size > 0, "groups of \(size)")
    if count <= size { return isEmpty ? [] : [self] }
    let second = lowerBound + size
    let rest = count % size
    let others = stride(from: second + rest, to: upperBound, by: size).map { $0..<$0 + size }
    return [lowerBound..<second] + (rest == 0 ? [] : [second..<second + rest]) + others
  }
}

extension TrainSettings {
  /// Micro-batches that a worker computes at once.
  var interleavedMicroBatches: Int { Swift.max(1, interleavedSamples / microBatchSize) }
}
