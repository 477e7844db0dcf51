internal import Comm
internal import Datasets
internal import Kernels

/// What an evaluation found, the same on all ranks.
struct Evaluation: Sendable, Equatable {
  /// Mean cross-entropy in nats.
  let loss: Double
  /// Share of samples whose class was found.
  let accuracy: Double
  /// Share of samples whose class was among the five most probable.
  let accuracyTop5: Double
  /// Samples, each counted once.
  let samples: Int
}

/// Evaluates a data set with all workers of all ranks.
struct Evaluator {
  let communication: CommunicationThread
  let workers: Workers
  let threads: Int
  let microBatchSize: Int

  /// Runs every sample of `source` once through the network.
  ///
  /// The set is cut into micro-batches whose numbers decide the order of all sums, so that the
  /// result does not depend on the number of workers.
  ///
  /// - Returns: the result, or nil on all ranks if one of them was asked to stop.
  func evaluate(_ source: any SampleSource, weights: FloatBuffer) throws -> Evaluation? {
    let count = (source.count + microBatchSize - 1) / microBatchSize
    let ranks = communication.size
    let assignment = Coordinator.evenly(count, over: ranks * threads)
    let own = try workers.evaluate(source, assignment: assignment, weights: weights)
    let words = own.map { [0] + $0.flatMap(\.words) } ?? [1]
    let all = try communication.perform { try $0.allGather(words) }
    if all.contains(where: { $0.first == 1 }) { return nil }
    let results = all.flatMap { [MicroBatchResult](words: Array($0.dropFirst())) }
    let total = MicroBatchResult.total(results)
    precondition(total.samples == source.count, "\(total.samples) of \(source.count) samples seen")
    let samples = Double(total.samples)
    return Evaluation(
      loss: total.lossSum / samples, accuracy: Double(total.correct) / samples,
      accuracyTop5: Double(total.correctTop5) / samples, samples: total.samples)
  }
}
