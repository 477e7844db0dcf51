package import Profiling

/// Spans as they travel between ranks.
extension TimeSpan {
  /// The numbers that ``words(thread:)`` gives.
  package static let wordCount = 5

  /// The span of `thread` as numbers that doubles hold exactly.
  package func words(thread: Int) -> [Double] {
    let (kind, number) =
      switch event {
      case .phase(let phase): (0, Self.index(of: phase))
      case .step(let number): (1, number)
      case .microBatch(let number): (2, number)
      case .bucket(let number): (3, number)
      }
    return [Double(thread), Double(kind), Double(number), start, seconds]
  }

  /// The span that ``words(thread:)`` gave.
  package static func decode(_ words: ArraySlice<Double>) -> (span: TimeSpan, thread: Int) {
    precondition(words.count == wordCount, "\(words.count) words of a span")
    let words = Array(words)
    let number = Int(words[2])
    let event: Event =
      switch Int(words[1]) {
      case 0: .phase(Phase.allCases[number])
      case 1: .step(number)
      case 2: .microBatch(number)
      case 3: .bucket(number)
      default: preconditionFailure("a span of kind \(words[1])")
      }
    return (TimeSpan(event: event, start: words[3], seconds: words[4]), Int(words[0]))
  }

  private static func index(of phase: Phase) -> Int {
    guard let index = Phase.allCases.firstIndex(of: phase) else {
      preconditionFailure("\(phase) is missing among all phases")
    }
    return index
  }
}
