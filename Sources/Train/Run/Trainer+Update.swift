import Comm
import Configuration
import Faults
import Kernels
import Model
import Optimization
import Planning
import Reduction
import Supervision

extension Trainer {
  /// The norm and the metrics of the step, the same numbers on all ranks.
  func exchangeStatistics(
    _ plan: StepPlan, _ results: [MicroBatchResult], _ gradient: FloatBuffer
  ) throws -> StepStatistics {
    try observer.enter(.norm)
    let report = try rankReport()
    let threads = configuration.train.threads
    let counts = (0..<communication.size).map {
      plan.microBatches(of: $0, threads: threads).count
    }
    // The wait counts as part of the norm.
    observer.noteExchange()
    return try communication.perform { [gradientBuckets] communicator in
      try StepStatistics.exchange(
        gradient: gradient, buckets: gradientBuckets, report: report, results: results,
        resultCounts: counts, communicator)
    }
  }

  /// What this rank reports to the others with the statistics of the step.
  ///
  /// - Throws: `ThreadError` if the system grants no thread, or what has ended the communication.
  func rankReport() throws -> RankReport {
    var report = RankReport(computeSeconds: workers.computeSeconds)
    try replicas.sign(&report, arriving)
    return report
  }

  /// Compares the weights of all ranks before they are evaluated or saved; collective.
  ///
  /// Returns only when they are right everywhere: repaired weights are compared again.
  ///
  /// - Throws: what ``Replicas/repair(_:step:)`` throws, on all ranks.
  func checkReplicas() throws {
    guard replicas.areCompared else { return }
    while true {
      let own = try rankReport().words
      let all = try communication.perform { try $0.allGather(own) }
      guard try replicas.repair(all.map { RankReport(words: $0) }, step: progress.step) else {
        return
      }
      arriving = .arrived
    }
  }

  /// Clips, updates the owned weights and gathers the others'.
  func update(
    _ plan: StepPlan, _ statistics: StepStatistics, _ gradient: FloatBuffer
  ) throws {
    let total = MicroBatchResult.total(statistics.results)
    // The mean is over all labels of the step.
    let norm = statistics.gradientSumNorm / total.divisor
    let limit = configuration.optimizer.gradClip
    let clip = limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
    // Weights on their way to a rank must not change.
    try awaitWeights()
    try observer.enter(.update)
    // If weights travel bucket by bucket, each is rounded when it arrives, because they are needed one by one.
    let streams = reduction.streamsWeights
    let arriving = ArrivingWeights(areRoundedOnArrival: streams)
    let checksum = try optimizer.update(
      weights: weights, gradient: gradient, scale: clip / total.divisor,
      number: progress.updates + 1,
      learningRate: plan.learningRate, gather: gatherTensorSums
    ) { [observer, communication, reduction, gradientBuckets, weights, workers] bucket in
      observer.markProgress()
      // Buckets are updated from the last to the first; so bucket 0 is the end of the update.
      guard streams || bucket == 0 else { return }
      let buckets = bucket..<(streams ? bucket + 1 : gradientBuckets.buckets.count)
      let last = gradientBuckets.buckets[buckets.upperBound - 1]
      let range = gradientBuckets.buckets[bucket].lowerBound..<last.upperBound
      let gather = communication.startExchange { communicator in
        try reduction.gather(buckets, of: weights, communicator) { workers.round(weights, range) }
      }
      arriving.expect(range, gather)
    }
    self.arriving = arriving
    progress.updates += 1
    replicas.note(checksum)
    observer.leave()
  }

  /// Gives all ranks the sums of squares from which the norms of whole tensors are made, as LAMB needs them.
  ///
  /// Each rank has its own in a piece of the list.
  private func gatherTensorSums(_ sums: [Double], _ pieces: [Range<Int>]) throws -> [Double] {
    observer.note(.exchange)
    let all = try communication.perform { communicator in
      var all = sums
      var span = all.mutableSpan
      try communicator.allGatherV(&span, pieces: pieces)
      return all
    }
    observer.note(.update)
    return all
  }

  /// Waits until the weights after the last step are there as a whole.
  ///
  /// - Throws: what has ended the communication.
  package func awaitWeights() throws {
    observer.note(.gather)
    try arriving.wait()
    observer.leave()
    arriving = .arrived
  }
}
