internal import Comm

extension Coordinator {
  /// Gives all ranks rank zero's plan of `step`, or nil if there is no such step.
  ///
  /// - Parameters:
  ///   - step: the step, the same on all ranks.
  ///   - transfers: rank zero's number of checkpoint parts that are to travel in it.
  ///   - workers: ranks times threads.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the plan, or nil after the last step.
  func broadcast(
    step: Int, transfers: Int, workers: Int, _ communicator: borrowing Communicator
  ) throws -> StepPlan? {
    var words = [Int64](repeating: 0, count: StepPlan.encodedCount(workers: workers))
    if communicator.rank == 0, let plan = plan(step: step, transfers: transfers) {
      words = plan.encoded
    }
    var span = words.mutableSpan
    try communicator.broadcast(&span, from: 0)
    let plan = StepPlan(decoding: words)
    return plan.step == 0 ? nil : plan
  }
}
