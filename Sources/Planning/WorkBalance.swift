import Synchronization

/// Rank zero's record of how fast the workers are, and how many micro-batches each gets for that.
///
/// Whoever computes a micro-batch, the bits are the same; so those that a slow worker would hold up
/// the others with go to faster ones.
package final class WorkBalance: Sendable {
  /// The share of a new measurement in the smoothed ones.
  private static let damping = 0.25
  /// Steps that are measured before micro-batches are moved again.
  private static let patience = 8
  /// What a move has to gain.
  private static let least = 0.1

  private struct State {
    var assignment: [Range<Int>]
    /// Smoothed seconds for one micro-batch; 0 if none was measured.
    var seconds: [Double]
    var measured = 0
  }

  private let isEnabled: Bool
  private let state: Mutex<State>

  /// A balance of `microBatches` over `workers`, even at first, and for good unless it `isEnabled`.
  package init(microBatches: Int, workers: Int, isEnabled: Bool) {
    self.isEnabled = isEnabled
    state = Mutex(
      State(
        assignment: Coordinator.evenly(microBatches, over: workers),
        seconds: Array(repeating: 0, count: workers)))
  }

  /// The micro-batches of each worker in the next step that is planned.
  package var assignment: [Range<Int>] { state.withLock { $0.assignment } }

  /// Takes note of a step.
  ///
  /// - Parameters:
  ///   - assignment: what the workers computed.
  ///   - seconds: how long each of them took.
  /// - Returns: the numbers of micro-batches from now on, if some were moved.
  package func observe(_ assignment: [Range<Int>], _ seconds: [Double]) -> [Int]? {
    guard isEnabled else { return nil }
    return state.withLock { state in
      for (worker, range) in assignment.enumerated() where !range.isEmpty {
        let measured = seconds[worker] / Double(range.count)
        let former = state.seconds[worker]
        state.seconds[worker] =
          former == 0 ? measured : former + Self.damping * (measured - former)
      }
      // Steps planned before a move say nothing of what it brought.
      guard assignment == state.assignment else { return nil }
      state.measured += 1
      guard state.measured >= Self.patience, state.seconds.allSatisfy({ $0 > 0 }) else {
        return nil
      }
      let counts = state.assignment.map(\.count)
      let better = Self.counts(of: counts.reduce(0, +), seconds: state.seconds)
      let (now, then) = (
        Self.longest(counts, state.seconds), Self.longest(better, state.seconds)
      )
      guard then < now * (1 - Self.least) else { return nil }
      state.assignment = Self.ranges(better)
      state.measured = 0
      return better
    }
  }

  /// The seconds of the worker that takes longest.
  static func longest(_ counts: [Int], _ seconds: [Double]) -> Double {
    zip(counts, seconds).map { Double($0) * $1 }.max() ?? 0
  }

  /// Gives one micro-batch after the other to the worker that would be the first to have done it.
  ///
  /// Every worker keeps one, so that it is seen when it is fast again.
  static func counts(of microBatches: Int, seconds: [Double]) -> [Int] {
    precondition(
      microBatches >= seconds.count, "\(microBatches) micro-batches of \(seconds.count) workers")
    var counts = Array(repeating: 1, count: seconds.count)
    for _ in seconds.count..<microBatches {
      let next = counts.indices.min {
        Double(counts[$0] + 1) * seconds[$0] < Double(counts[$1] + 1) * seconds[$1]
      }
      if let next { counts[next] += 1 }
    }
    return counts
  }

  private static func ranges(_ counts: [Int]) -> [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }
}
