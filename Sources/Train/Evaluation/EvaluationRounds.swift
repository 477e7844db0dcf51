/// How an evaluation is cut into rounds, after each of which the ranks agree whether they go on.
///
/// A function of numbers that all ranks have exchanged. No result depends on it.
struct EvaluationRounds: Sendable {
  /// A round is to take about so long, unless one micro-batch takes longer.
  static let wantedSeconds = 0.1
  /// By how much a round may be longer than the one before: the first ones are badly measured.
  private static let growth = 4

  /// The micro-batches that the worker with the most of them still has to compute.
  private(set) var left: Int
  /// The micro-batches of each worker in the next round.
  private(set) var length: Int

  /// The rounds of workers that have up to `count` micro-batches each.
  init(count: Int) {
    left = count
    length = min(1, count)
  }

  /// Takes note that the round took the slowest rank so long.
  mutating func ended(after seconds: Double) {
    left -= length
    let fitting = seconds > 0 ? Self.wantedSeconds / seconds * Double(length) : .infinity
    let longest = Self.growth * length
    length = min(left, fitting < Double(longest) ? max(1, Int(fitting)) : longest)
  }
}
