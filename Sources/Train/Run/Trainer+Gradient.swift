import Configuration
import Faults
import Supervision
import Comm
import Kernels
import Profiling
import Reduction

extension Trainer {
  /// Computes this rank's micro-batches and exchanges the sums, bucket by bucket.
  func computeGradient(
    _ plan: StepPlan
  ) throws -> (agreement: StepAgreement, results: [MicroBatchResult], accumulator: RankAccumulator)
  {
    let gradient = StepGradient(
      communication: communication, reduction: reduction,
      nodes: (0..<communication.size).map { nodes(of: $0, in: plan) }, owned: ownedGradient,
      starts: ownedStarts, agree: agreement(after: plan), activity: activity,
      clock: profile?.communication)
    let accumulator = RankAccumulator(
      workers: configuration.train.threads, leaves: configuration.microBatches,
      buckets: gradientBuckets.buckets
    ) { [activity, gradientBuckets] bucket, buffers in
      if bucket == 0 && activity.poisonsGradient {
        buffers.first?.poison(at: gradientBuckets.buckets[0].lowerBound)
      }
      gradient.exchange(bucket: bucket, buffers: buffers)
    }
    let results: [MicroBatchResult]?
    do {
      results = try workers.compute(
        plan, weights: weights, arriving, debug: options.debug, into: accumulator)
      if results == nil { gradient.giveUp() }
    } catch {
      guard gradient.fail(with: error) else { throw error }
      results = nil
    }
    profile?.enter(.exchange)
    activity.note(.exchange)
    let agreement = try gradient.finish()
    profile?.enter(.other)
    if let results, !agreement.isGivenUp && configuration.train.recordDigests {
      try recordDigests(plan, accumulator, results)
    }
    return (agreement, results ?? [], accumulator)
  }

  /// The ranks agree whether the step stands, and hear rank zero's plan of the next one.
  private func agreement(after plan: StepPlan) -> StepGradient.Agree {
    let writer = saver.writer
    let partsLeft = saver.partsLeft
    let place = "rank \(communication.rank) on \(communication.host)"
    let requests = saveRequests
    return { [activity, coordinator, workers, balance] vote, communicator in
      try activity.enter(.agree)
      activity.exchange()
      var votes = [vote.rawValue, requests.take() ? 1 : 0]
      var span = votes.mutableSpan
      try communicator.allReduce(&span, .max)
      if votes[0] == StepGradient.Vote.failure {
        let failure = try vote.shareFailure(of: place, communicator)
        return StepAgreement(
          isGivenUp: true, failure: failure, savesCheckpoint: false, next: nil)
      }
      let isReady = partsLeft > 0 && (writer?.queuedParts ?? 0) == 0
      let next = try coordinator.broadcast(
        step: plan.step + 1, transfers: isReady ? 1 : 0, assignment: balance.assignment,
        communicator)
      let isGivenUp = votes[0] != 0
      if let next, !isGivenUp { workers.prefetch(next) }
      return StepAgreement(
        isGivenUp: isGivenUp, savesCheckpoint: votes[1] != 0, next: next)
    }
  }

  private func nodes(of rank: Int, in plan: StepPlan) -> [TreeNode] {
    ReductionTree<Void>.nodes(
      covering: plan.microBatches(of: rank, threads: configuration.train.threads),
      leaves: configuration.microBatches)
  }

  private var ownedStarts: [Int] {
    var start = 0
    return gradientBuckets.pieces(of: communication.rank).map { piece in
      defer { start += piece.count }
      return start
    }
  }
}
