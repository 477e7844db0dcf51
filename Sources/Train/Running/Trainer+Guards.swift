internal import Comm
internal import Datasets
internal import Kernels

extension Trainer {
  /// What this rank tells the others with the sums of the step.
  func rankNote() -> RankNote {
    var note = RankNote(computeSeconds: workers.computeSeconds)
    if let replicaCheck { (note.updatedSum, note.usedSum) = replicaCheck.sums(of: weights) }
    return note
  }

  /// Looks for ranks whose weights have changed although nobody updated them, before any update.
  ///
  /// - Throws: ``TrainingError/weightsChanged(_:)`` on all ranks where no right copy is left, or none
  ///   is wanted.
  /// - Returns: whether some were wrong and are right now; the step has to be computed again.
  func repairsReplicas(_ sums: StepSums, _ plan: StepPlan) throws -> Bool {
    guard let replicaCheck else { return false }
    let wrong = replicaCheck.wrongRanks(sums.notes)
    if wrong.isEmpty { return false }
    let right = (0..<communication.size).first { !wrong.contains($0) }
    let names = wrong.map { description.placement.name(of: $0) }.joined(separator: ", ")
    let place =
      replicaCheck.isShared
      ? "that all ranks share, in the part of \(names)" : "in the memory of \(names)"
    let text = "step \(plan.step): weights have changed \(place)"
    guard configuration.train.replicaCheck == .repair, !replicaCheck.isShared, let right else {
      throw TrainingError.weightsChanged(text)
    }
    report.warn(
      "\(text); they are taken from rank \(right), and the step is computed again. Test that memory"
    )
    try communication.perform { [weights] communicator in
      try weights.withMutableSpan(0..<weights.count) {
        try communicator.broadcast(&$0, from: right)
      }
    }
    // In bf16 the rounded copy is made anew from these.
    arriving = ArrivingWeights()
    return true
  }

  /// Takes note of how fast the ranks were, and moves micro-batches if some are slow.
  func balanceWork(_ plan: StepPlan, _ sums: StepSums) throws {
    guard communication.rank == 0, communication.size > 1 else { return }
    let threads = configuration.train.threads
    let seconds = sums.notes.map { $0.computeSeconds.max() ?? 0 }
    let counts = seconds.indices.map { plan.microBatches(of: $0, threads: threads).count }
    for finding in stragglers.observe(counts: counts, seconds: seconds) {
      try report.straggler(finding, plan, description.placement.name(of: finding.rank))
    }
    let all = sums.notes.flatMap(\.computeSeconds)
    if let moved = balance.observe(plan.assignment, all) {
      try report.balance(moved, from: plan, threads: threads)
    }
  }

  /// Whether the update of the step is left out: its numbers are not finite, or its loss is a spike.
  ///
  /// All ranks decide it from the same numbers.
  ///
  /// - Throws: ``TrainingError/notFinite(step:quantity:)`` on all ranks after too many on end.
  func skips(_ plan: StepPlan, _ sums: StepSums, _ rankSum: RankSum) throws -> Bool {
    let total = MicroBatchResult.total(sums.results)
    let quantity =
      !total.lossSum.isFinite
      ? "loss" : !sums.gradientSumNorm.isFinite ? "norm of the gradient" : nil
    if let quantity {
      guard skippedSteps < configuration.train.maxSkippedSteps else {
        throw TrainingError.notFinite(step: plan.step, quantity: quantity)
      }
      skippedSteps += 1
      let origin = try originOfFault(plan, sums, rankSum)
      try report.skipped(
        plan, "the \(quantity) is not finite, which comes from \(origin)", skippedSteps)
      return true
    }
    skippedSteps = 0
    guard
      let spike = progress.guardAgainstSpike(
        of: total.loss, limit: configuration.train.spikeGuard)
    else { return false }
    try report.skipped(
      plan,
      "the loss \(Report.decimals(total.loss, 4)) is a spike of "
        + "\(Report.decimals(spike, 1)) standard deviations", nil)
    return true
  }

  /// The ranks and samples that numbers come from which are not finite; collective.
  private func originOfFault(
    _ plan: StepPlan, _ sums: StepSums, _ rankSum: RankSum
  ) throws -> String {
    let own = rankSum.buffers.allSatisfy { isFinite($0, 0..<$0.count) }
    let flags = try communication.perform { try $0.allGather([UInt8(own ? 0 : 1)]) }
    let threads = configuration.train.threads
    let ranks = plan.assignment.indices.filter { $0 % threads == 0 }.map { $0 / threads }
    let places = ranks.compactMap { rank -> String? in
      let all = plan.microBatches(of: rank, threads: threads)
      let losses = all.filter { !sums.results[$0].lossSum.isFinite }
      if losses.isEmpty && flags[rank] == [0] { return nil }
      // A loss tells which micro-batch it was; a sum of gradients does not.
      let samples = (losses.isEmpty ? Array(all) : losses).map { samplesOf($0, in: plan) }
      return "\(description.placement.name(of: rank)), \(samples.joined(separator: ", "))"
    }
    return places.isEmpty ? "the sum of all ranks" : places.joined(separator: "; ")
  }

  /// The samples of a micro-batch by their numbers in the training set.
  private func samplesOf(_ microBatch: Int, in plan: StepPlan) -> String {
    let order = EpochOrder(
      seed: configuration.seed, epoch: plan.epoch, count: workers.trainingSamples)
    let size = configuration.train.microBatchSize
    let first = plan.position + microBatch * size
    let numbers = order[first..<first + size].prefix(4).map(String.init).joined(separator: ", ")
    return "micro-batch \(microBatch) (samples \(numbers)\(size > 4 ? ", …" : ""))"
  }
}

extension FloatBuffer {
  /// Makes the element at `index` something that is no number, as a fault would.
  func spoil(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = .nan }
  }

  /// Turns the lowest bit of the element at `index`, as damaged memory would.
  func turnBit(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = Float(bitPattern: $0[0].bitPattern ^ 1) }
  }
}
