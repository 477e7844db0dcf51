/// Where the samples of a set lie that goes over several files, one after the other.
struct ConcatenatedParts: Sendable {
  /// The number of the first sample of each part, and at the end the number of all samples.
  private let starts: [Int]

  /// Parts with the given numbers of samples, each at least 1.
  init(counts: [Int]) {
    starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  /// The number of all samples.
  var count: Int { starts[starts.count - 1] }

  /// The part that holds `sample`, and the sample's number in it.
  func find(_ sample: Int) -> (part: Int, index: Int) {
    precondition(0 <= sample && sample < count, "sample \(sample) of \(count)")
    var range = 0..<(starts.count - 1)
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      range =
        sample < starts[middle] ? range.lowerBound..<middle : middle..<range.upperBound
    }
    return (range.lowerBound, sample - starts[range.lowerBound])
  }
}
