import Comm
import Configuration
import Faults
import Kernels
import Model
import Reduction
import Supervision

extension Trainer {
  /// The gradient of a step before anything is computed.
  ///
  /// - Returns: where this rank's workers add their sums, and the exchange that each bucket goes into from
  ///   there as soon as it is final.
  func beginExchange(
    of plan: StepPlan
  ) -> (exchange: StepGradient, accumulator: RankAccumulator) {
    let exchange = StepGradient(
      communication: communication, reduction: reduction,
      nodes: (0..<communication.size).map { nodes(of: $0, in: plan) }, owned: ownedGradient,
      starts: ownedStarts, castVote: castVote, planNext: planNext(after: plan), activity: activity,
      clock: observer.profile?.communication)
    let accumulator = RankAccumulator(
      workers: configuration.train.threads, leaves: configuration.microBatches,
      buckets: gradientBuckets.buckets
    ) { [activity, gradientBuckets] bucket, buffers in
      if bucket == 0 && activity.poisonsGradient {
        buffers.first?.poison(at: gradientBuckets.buckets[0].lowerBound)
      }
      exchange.exchange(bucket: bucket, buffers: buffers)
    }
    return (exchange, accumulator)
  }

  /// Computes this rank's micro-batches.
  ///
  /// - Returns: their results, none where this rank has left the step.
  /// - Throws: what a worker has thrown, where the other ranks have not heard of it.
  func computeGradients(
    of plan: StepPlan, into accumulator: RankAccumulator, _ exchange: StepGradient
  ) throws -> [MicroBatchResult] {
    do {
      let results = try workers.compute(
        plan, weights: weights, arriving, debug: options.debug, into: accumulator)
      if results == nil { exchange.giveUp() }
      return results ?? []
    } catch {
      guard exchange.fail(with: error) else { throw error }
      return []
    }
  }

  /// Waits until all buckets are exchanged, or the step is given up.
  ///
  /// - Throws: what has failed on any rank, and on all ranks.
  func finish(_ exchange: StepGradient) throws -> StepVerdict {
    observer.note(.exchange)
    defer { observer.leave() }
    return try exchange.finish()
  }

  /// Gets the batches of a step again, whose gradient was computed with wrong weights.
  func compute(_ plan: StepPlan, againBefore next: StepPlan?) throws {
    // In bf16 the rounded copy of the weights is made again.
    arriving = ArrivingWeights()
    try workers.rewind(to: plan, before: next)
  }

  /// How the ranks decide whether the step stands, and whether a checkpoint is saved after it.
  private var castVote: StepGradient.CastVote {
    let place = "rank \(communication.rank) on \(communication.host)"
    return { [activity, requests = saveRequests] vote, communicator in
      try activity.enter(.agree)
      activity.exchange()
      var votes = [vote.rawValue, requests.take() ? 1 : 0]
      var span = votes.mutableSpan
      try communicator.allReduce(&span, .max)
      let savesCheckpoint = votes[1] != 0
      guard votes[0] == StepGradient.Vote.failure else {
        return StepVerdict(isGivenUp: votes[0] != 0, savesCheckpoint: savesCheckpoint)
      }
      let failure = try vote.shareFailure(of: place, communicator)
      return StepVerdict(isGivenUp: true, failure: failure)
    }
  }

  /// How the ranks hear of rank zero's plan of the next step, whose batches are then read ahead.
  private func planNext(after plan: StepPlan) -> StepGradient.PlanNext {
    let (writer, partsLeft) = (saver.writer, saver.partsLeft)
    return { [coordinator, workers, balance] communicator in
      let isReady = partsLeft > 0 && (writer?.queuedParts ?? 0) == 0
      let next = try coordinator.broadcast(
        step: plan.step + 1, transfers: isReady ? 1 : 0, assignment: balance.assignment,
        communicator)
      if let next { workers.prefetch(next) }
      return next
    }
  }

  private func nodes(of rank: Int, in plan: StepPlan) -> [TreeNode] {
    ReductionTree<Void>.nodes(
      covering: plan.microBatches(of: rank, threads: configuration.train.threads),
      leaves: configuration.microBatches)
  }

  /// Where the piece of each bucket begins among those that this rank owns.
  private var ownedStarts: [Int] {
    var start = 0
    return gradientBuckets.pieces(of: communication.rank).map { piece in
      defer { start += piece.count }
      return start
    }
  }
}
