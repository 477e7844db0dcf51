import Configuration
import Kernels
package import Model
import Reduction

extension Trainer {
  /// Goes on to the state before `plan` and computes of it only what one rank computed.
  ///
  /// Made for a world of one rank whose coordinator stops after the step before.
  ///
  /// - Parameter plan: the recorded plan, with that rank's micro-batches as the only worker's.
  /// - Throws: ``ReplayError`` if the process was asked to stop, or what a step throws.
  /// - Returns: the digest of the node sums, and the sum of the losses.
  package func replay(_ plan: StepPlan) throws -> (digest: NodeDigest, result: MicroBatchResult) {
    try endingWork { try computeAgain(plan) }
  }

  private func computeAgain(
    _ plan: StepPlan
  ) throws -> (digest: NodeDigest, result: MicroBatchResult) {
    var next = try firstPlan()
    while let earlier = next {
      guard let step = try takeStep(earlier) else { throw ReplayError.stopped }
      next = step.next
    }
    precondition(
      progress.step == plan.step - 1, "step \(plan.step) replayed after step \(progress.step)")
    workers.prefetch(plan)
    let accumulator = RankAccumulator(
      workers: 1, leaves: configuration.microBatches, buckets: gradientBuckets.buckets
    ) { _, _ in }
    guard
      let results = try workers.compute(
        plan, weights: weights, arriving, debug: options.debug, into: accumulator)
    else { throw ReplayError.stopped }
    return (
      NodeDigest(layout: model.layout, nodes: accumulator.nodes, buffers: accumulator.buffers),
      MicroBatchResult.total(results)
    )
  }
}
