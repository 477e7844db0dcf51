import Configuration
import Faults
import Supervision
import Reduction
import Comm
package import Kernels
import Profiling

extension Trainer {
  /// The norm and the metrics of the step, the same numbers on all ranks.
  func exchangeSums(
    _ plan: StepPlan, _ results: [MicroBatchResult], _ gradient: FloatBuffer
  ) throws -> StepStatistics {
    profile?.enter(.norm)
    try activity.enter(.norm)
    let note = try rankReport()
    let threads = configuration.train.threads
    let counts = (0..<communication.size).map {
      plan.microBatches(of: $0, threads: threads).count
    }
    activity.note(.exchange)
    return try communication.perform { [gradientBuckets] communicator in
      try StepStatistics.exchange(
        gradient: gradient, buckets: gradientBuckets, note: note, results: results,
        resultCounts: counts, communicator)
    }
  }

  /// Clips, updates the owned weights and gathers the others'.
  package func update(
    _ plan: StepPlan, _ sums: StepStatistics, _ gradient: FloatBuffer
  ) throws {
    let total = MicroBatchResult.total(sums.results)
    // The mean is over all labels of the step.
    let norm = sums.gradientSumNorm / total.divisor
    let limit = configuration.optimizer.gradClip
    let clip = limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
    // What is still on its way to a rank must not change.
    try awaitWeights()
    profile?.enter(.optimizer)
    try activity.enter(.update)
    let arriving = ArrivingWeights(areRoundedOnArrival: reduction.streamsWeights)
    let checksum = try optimizer.update(
      weights: weights, gradient: gradient, scale: clip / total.divisor,
      number: progress.updates + 1,
      learningRate: plan.learningRate
    ) { [activity, communication, reduction, gradientBuckets, weights, workers] bucket in
      activity.markProgress()
      let streams = reduction.streamsWeights
      guard streams || bucket == 0 else { return }
      let buckets = bucket..<(streams ? bucket + 1 : gradientBuckets.buckets.count)
      let range = gradientBuckets.buckets[bucket]
      let gather = communication.startExchange { communicator in
        try reduction.gather(buckets, of: weights, communicator) { workers.round(weights, range) }
      }
      arriving.expect(from: range.lowerBound, gather)
    }
    self.arriving = arriving
    progress.updates += 1
    replicaCheck?.note(checksum)
    profile?.enter(.other)
  }

  /// Waits until the weights after the last step are there as a whole.
  ///
  /// - Throws: what has ended the communication.
  package func awaitWeights() throws {
    profile?.enter(.gather)
    activity.note(.gather)
    try arriving.wait()
    profile?.enter(.other)
    arriving = ArrivingWeights()
  }
}
