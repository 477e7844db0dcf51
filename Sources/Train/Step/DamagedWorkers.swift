import Configuration
import Faults
import Kernels
import Model
import Optimization
import Planning
import Reduction
import Supervision

/// The workers of a rank whose weights change in its memory, or whose random numbers are keyed by the rank.
///
/// It wraps the run's own workers where such a fault is asked for. So they know nothing of faults.
struct DamagedWorkers: GradientComputation {
  private let workers: Workers
  private let activity: RankActivity

  /// `workers`, with the faults of `activity`.
  init(_ workers: Workers, _ activity: RankActivity) {
    self.workers = workers
    self.activity = activity
  }

  func compute(
    _ plan: StepPlan, weights: FloatBuffer, _ arriving: ArrivingWeights, debug: Bool,
    into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]? {
    if let element = activity.takeTurnedWeight(before: .forward) {
      // What is still on its way would overwrite it.
      try arriving.wait()
      weights.turnBit(at: element % weights.count)
    }
    return try workers.compute(
      plan, weights: weights, arriving, debug: debug,
      seed: activity.seed(workers.configuration.seed), into: accumulator)
  }
}

extension FloatBuffer {
  /// Turns the lowest bit of the element at `index`, as damaged memory would.
  func turnBit(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = Float(bitPattern: $0[0].bitPattern ^ 1) }
  }
}
