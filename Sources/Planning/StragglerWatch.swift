/// Finds ranks that are slower than the others for many consecutive steps.
///
/// One slow step says nothing: another program may have had the processor. Neither do many that took
/// no time together.
package struct StragglerWatch {
  /// So much more time for a micro-batch than the others is slow.
  static let slowness = 1.12
  /// So many consecutive steps.
  static let steps = 12
  /// And so long together, in seconds of computation: twenty steps of 10 ms.
  static let seconds = 0.2

  /// A rank that has become slow, or is as fast as the others again.
  package struct Change: Equatable {
    package let rank: Int
    /// Its speed as a share of the others'.
    package let speed: Double
    /// What it costs in each step, in seconds; 0 if it has recovered.
    package let costSeconds: Double
  }

  /// For each rank, how many consecutive steps it was slow (> 0) or not (< 0).
  private var runs: [Int]
  private var slow: Set<Int> = []
  /// Sums of the consecutive steps: of the ratio, of the seconds that they cost, and that they took.
  private var ratios: [Double]
  private var costs: [Double]
  private var durations: [Double]

  /// A watch over `ranks`.
  package init(ranks: Int) {
    runs = Array(repeating: 0, count: ranks)
    ratios = Array(repeating: 0, count: ranks)
    costs = ratios
    durations = ratios
  }

  /// Takes note of a step.
  ///
  /// - Parameters:
  ///   - counts: the micro-batches of the busiest worker of each rank.
  ///   - each: how long its slowest worker took for one of them.
  /// - Returns: what has changed.
  package mutating func observe(counts: [Int], secondsEach each: [Double]) -> [Change] {
    var changes: [Change] = []
    for rank in runs.indices where counts[rank] > 0 {
      let others = each.indices.filter { $0 != rank && counts[$0] > 0 }.map { each[$0] }.sorted()
      guard !others.isEmpty else { continue }
      let usual = others[(others.count - 1) / 2]
      guard usual > 0 else { continue }
      let ratio = each[rank] / usual
      let count = Double(counts[rank])
      note(rank, ratio, cost: (each[rank] - usual) * count, seconds: each[rank] * count)
      let steps = abs(runs[rank])
      guard steps >= Self.steps && durations[rank] >= Self.seconds else { continue }
      if runs[rank] > 0 && slow.insert(rank).inserted {
        changes.append(
          Change(
            rank: rank, speed: Double(steps) / ratios[rank],
            costSeconds: costs[rank] / Double(steps)))
      }
      if runs[rank] < 0 && slow.remove(rank) != nil {
        changes.append(Change(rank: rank, speed: 1 / ratio, costSeconds: 0))
      }
    }
    return changes
  }

  private mutating func note(_ rank: Int, _ ratio: Double, cost: Double, seconds: Double) {
    let isSlow = ratio > Self.slowness
    if isSlow != (runs[rank] > 0) {
      (runs[rank], ratios[rank], costs[rank], durations[rank]) = (0, 0, 0, 0)
    }
    runs[rank] += isSlow ? 1 : -1
    ratios[rank] += ratio
    costs[rank] += cost
    durations[rank] += seconds
  }
}
