import Comm
import Configuration
import Faults
import Kernels
import Model
import Optimization
import Planning
import Reduction
import Saving
import Supervision

extension Trainer {
  /// Makes the exchange of a step and the accumulator that feeds it.
  ///
  /// Nothing is sent yet.
  ///
  /// - Returns: where this rank's workers add their sums, and the exchange in which each bucket is queued as
  ///   soon as it is final.
  func makeExchange(
    of plan: StepPlan
  ) -> (exchange: GradientExchange, accumulator: RankAccumulator) {
    let tree = TreeReducer(
      nodes: (0..<communication.size).map { nodes(of: $0, in: plan) },
      leaves: configuration.microBatches)
    let exchange = GradientExchange(
      communication: communication, reduction: reduction, tree: tree, owned: ownedGradient,
      starts: ownedStarts, castVote: castVote, planNext: planNext(after: plan),
      observer: observer.ofCommunication)
    let accumulator = RankAccumulator(
      workers: configuration.train.threads, microBatches: configuration.microBatches,
      buckets: gradientBuckets.buckets
    ) { bucket, buffers in exchange.queue(bucket: bucket, buffers: buffers) }
    return (exchange, accumulator)
  }

  /// Computes this rank's micro-batches.
  ///
  /// - Returns: their results, none if this rank was asked to stop or has failed.
  /// - Throws: what a worker has thrown, if the other ranks have not heard of it.
  func computeGradients(
    of plan: StepPlan, into accumulator: RankAccumulator, _ exchange: GradientExchange
  ) throws -> [MicroBatchResult] {
    do {
      let results = try computation.compute(
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
  func waitForBuckets(of exchange: GradientExchange) throws -> StepVerdict {
    observer.note(.exchange)
    defer { observer.leave() }
    return try exchange.wait()
  }

  /// Gets the batches of a step again whose gradient was computed with wrong weights, which are right now.
  func rewind(to plan: StepPlan, before next: StepPlan?) throws {
    arriving = .arrived
    try workers.rewind(to: plan, before: next)
  }

  /// How the ranks decide whether the step goes ahead, and whether a checkpoint is saved after it.
  private var castVote: GradientExchange.CastVote {
    let place = "rank \(communication.rank) on \(communication.host)"
    return { [observer = observer.ofCommunication, requests = saveRequests] vote, communicator in
      try observer.enter(.agree)
      observer.waitForRanks()
      var votes = [vote.priority, requests.take() ? 1 : 0]
      var span = votes.mutableSpan
      try communicator.allReduce(&span, .max)
      let savesCheckpoint = votes[1] != 0
      guard votes[0] == GradientExchange.Vote.failure else {
        return StepVerdict(isGivenUp: votes[0] != 0, savesCheckpoint: savesCheckpoint)
      }
      let failure = try vote.shareFailure(of: place, communicator)
      return StepVerdict(isGivenUp: true, failure: failure)
    }
  }

  /// How the ranks hear of rank zero's plan of the next step, whose batches are then read ahead.
  private func planNext(after plan: StepPlan) -> GradientExchange.PlanNext {
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
