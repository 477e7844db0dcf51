internal import Comm
internal import Kernels
internal import Profiling

extension Trainer {
  /// Computes this rank's micro-batches and exchanges the sums, bucket by bucket.
  func computeGradient(
    _ plan: StepPlan
  ) throws -> (agreement: StepAgreement, results: [MicroBatchResult], rankSum: RankSum) {
    let gradient = StepGradient(
      communication: communication, reduction: reduction,
      nodes: (0..<communication.size).map { nodes(of: $0, in: plan) }, owned: ownedGradient,
      starts: ownedStarts, agree: agreement(after: plan), activity: activity,
      clock: profile?.communication)
    let rankSum = RankSum(
      workers: configuration.train.threads, leaves: configuration.microBatches,
      buckets: gradientBuckets.buckets
    ) { [activity, gradientBuckets] bucket, buffers in
      if bucket == 0 && activity.spoilsGradient {
        buffers.first?.spoil(at: gradientBuckets.buckets[0].lowerBound)
      }
      gradient.exchange(bucket: bucket, buffers: buffers)
    }
    let results: [MicroBatchResult]?
    do {
      results = try workers.compute(
        plan, weights: weights, arriving, debug: options.debug, into: rankSum)
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
      try recordDigests(plan, rankSum, results)
    }
    return (agreement, results ?? [], rankSum)
  }

  /// The ranks agree whether the step stands, and hear rank zero's plan of the next one.
  private func agreement(after plan: StepPlan) -> StepGradient.Agree {
    let writer = saver.writer
    let partsLeft = saver.partsLeft
    let place = "rank \(communication.rank) on \(communication.host)"
    let requests = saveRequests
    return { [activity, coordinator, workers, balance] wish, communicator in
      try activity.enter(.agree)
      activity.exchange()
      var wishes = [wish.rawValue, requests.take() ? 1 : 0]
      var span = wishes.mutableSpan
      try communicator.allReduce(&span, .max)
      if wishes[0] == StepGradient.Wish.failure {
        let failure = try wish.shareFailure(of: place, communicator)
        return StepAgreement(
          isGivenUp: true, failure: failure, savesCheckpoint: false, next: nil)
      }
      let isReady = partsLeft > 0 && (writer?.queuedParts ?? 0) == 0
      let next = try coordinator.broadcast(
        step: plan.step + 1, transfers: isReady ? 1 : 0, assignment: balance.assignment,
        communicator)
      let isGivenUp = wishes[0] != 0
      if let next, !isGivenUp { workers.prefetch(next) }
      return StepAgreement(
        isGivenUp: isGivenUp, savesCheckpoint: wishes[1] != 0, next: next)
    }
  }

  private func nodes(of rank: Int, in plan: StepPlan) -> [TreeNode] {
    CanonicalSum<Void>.nodes(
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
