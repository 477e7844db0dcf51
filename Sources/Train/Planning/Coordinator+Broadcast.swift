package import Comm

extension Coordinator {
  /// Gives all ranks rank zero's plan of `step`, or nil if there is no such step.
  ///
  /// - Parameters:
  ///   - step: the step, the same on all ranks.
  ///   - transfers: rank zero's number of checkpoint parts that are to travel in it.
  ///   - assignment: rank zero's cut of the micro-batches, one range for each worker of all ranks.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the plan, or nil after the last step.
  package func broadcast(
    step: Int, transfers: Int, assignment: [Range<Int>], _ communicator: borrowing Communicator
  ) throws -> StepPlan? {
    var words = [Int64](repeating: 0, count: StepPlan.encodedCount(workers: assignment.count))
    if communicator.rank == 0,
      let plan = plan(step: step, transfers: transfers, assignment: assignment)
    {
      words = plan.encoded
    }
    var span = words.mutableSpan
    try communicator.broadcast(&span, from: 0)
    let plan = StepPlan(decoding: words)
    return plan.step == 0 ? nil : plan
  }
}
