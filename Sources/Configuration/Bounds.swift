/// The numbers that a setting takes, and how people are told.
///
/// They keep their meaning as `Float`: what is to be above 0 does not become 0, what is to be below 1 does
/// not become 1.
struct Bounds {
  let range: ClosedRange<Double>
  /// The rule, as in "at least 0 and below 1".
  let words: String

  /// At least 0 and below 1.
  static let share = Bounds(0...Double(Float(1).nextDown), "at least 0 and below 1")
  /// Above 0 and at most 1.
  static let positiveShare = Bounds(
    Double(Float.leastNormalMagnitude)...1,
    "above 0 (at least \(Float.leastNormalMagnitude)) and at most 1")
  /// At least 0.
  static let nonnegative = Bounds(
    0...Double(Float.greatestFiniteMagnitude),
    "at least 0 and at most \(Float.greatestFiniteMagnitude)")

  /// Numbers of `range`, both ends among them.
  init(_ range: ClosedRange<Double>) {
    self.init(
      range, "at least \(Self.text(range.lowerBound)) and at most \(Self.text(range.upperBound))")
  }

  private init(_ range: ClosedRange<Double>, _ words: String) {
    (self.range, self.words) = (range, words)
  }

  private static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
