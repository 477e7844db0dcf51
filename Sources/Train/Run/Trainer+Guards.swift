import Configuration
import Comm
import Datasets
import Kernels
import Reduction

extension Trainer {
  /// What this rank tells the others with the sums of the step.
  ///
  /// - Throws: `ThreadError` if the system grants no thread, or what has ended the communication.
  func rankReport() throws -> RankReport {
    var note = RankReport(computeSeconds: workers.computeSeconds)
    if let replicaCheck {
      (note.updatedSum, note.usedSum) = try replicaCheck.sums(of: weights, arriving)
    }
    return note
  }

  /// Compares the weights of all ranks where they are about to be judged or saved; collective.
  ///
  /// Returns only when they are right everywhere: what was repaired is looked at again.
  ///
  /// - Throws: what ``repairsReplicas(_:step:)`` throws, on all ranks.
  func checkReplicas() throws {
    guard replicaCheck != nil else { return }
    var notes: [RankReport]
    repeat {
      let own = try rankReport().words
      notes = try communication.perform { try $0.allGather(own) }.map { RankReport(words: $0) }
    } while try repairsReplicas(notes, step: progress.step)
  }

  /// Looks for ranks whose weights have changed although nobody updated them.
  ///
  /// - Throws: ``TrainingError/weightsChanged(_:)`` on all ranks where no right copy is left, or none
  ///   is wanted; ``TrainingError/memoryFails(_:)`` where a rank's were repaired too often.
  /// - Returns: whether some were wrong and are right now; what they computed has to be computed again.
  func repairsReplicas(_ notes: [RankReport], step: Int) throws -> Bool {
    guard let replicaCheck else { return false }
    let wrong = replicaCheck.wrongRanks(notes)
    if wrong.isEmpty { return false }
    let isShared = replicaCheck.isShared
    let right = (0..<communication.size).first { !wrong.contains($0) }
    let names = wrong.map { description.placement.name(of: $0) }.joined(separator: ", ")
    let place =
      isShared
      ? "that all ranks share, in the part of \(names)" : "in the memory of \(names)"
    let text = "step \(step): weights have changed \(place)"
    let failing = wrong.filter { repairs.note($0, step: step) }
    let isWanted = configuration.train.replicaCheck == .repair && !isShared
    let source = isWanted && failing.isEmpty ? right : nil
    report.weightsChanged(wrong, step: step, repaired: source != nil)
    if isWanted, let first = failing.first {
      throw TrainingError.memoryFails(
        "step \(step): weights have changed in the memory of \(description.placement.name(of: first)) "
          + "for the \(RepairRecord.most + 1)th time within \(RepairRecord.window) steps")
    }
    guard let source else {
      throw TrainingError.weightsChanged(text)
    }
    report.warn("\(text); they are taken from rank \(source); test that memory")
    try communication.perform { [weights] communicator in
      try weights.withMutableSpan(0..<weights.count) {
        try communicator.broadcast(&$0, from: source)
      }
    }
    // In bf16 the rounded copy is made again from these.
    arriving = ArrivingWeights()
    return true
  }

  /// Takes note of how fast the ranks were, and moves micro-batches if some are slow.
  func balanceWork(_ plan: StepPlan, _ sums: StepStatistics) throws {
    guard communication.rank == 0, communication.size > 1 else { return }
    let threads = configuration.train.threads
    let all = sums.notes.flatMap(\.computeSeconds)
    let each = zip(plan.assignment, all).map { $0.isEmpty ? 0 : $1 / Double($0.count) }
    let ranks = 0..<communication.size
    let workers = ranks.map { $0 * threads..<($0 + 1) * threads }
    let counts = workers.map { plan.assignment[$0].map(\.count).max() ?? 0 }
    let slowest = workers.map { each[$0].max() ?? 0 }
    // A worker that others help to multiply says nothing about its rank.
    let isHelped = workers.contains { Set(plan.assignment[$0].map(\.isEmpty)).count > 1 }
    if !isHelped {
      for finding in stragglers.observe(counts: counts, secondsEach: slowest) {
        report.straggler(finding, plan, description.placement.name(of: finding.rank))
      }
    }
    if let moved = balance.observe(plan.assignment, all) {
      report.balance(moved, from: plan, threads: threads)
    }
  }

  /// Whether the update of the step is left out: its numbers are not finite, or its loss is a spike.
  ///
  /// All ranks decide it from the same numbers.
  ///
  /// - Throws: ``TrainingError/notFinite(step:quantity:)`` on all ranks after too many in a row.
  func skips(_ plan: StepPlan, _ sums: StepStatistics, _ accumulator: RankAccumulator) throws
    -> Bool
  {
    let total = MicroBatchResult.total(sums.results)
    let quantity =
      !total.lossSum.isFinite
      ? "loss" : !sums.gradientSumNorm.isFinite ? "norm of the gradient" : nil
    if let quantity {
      guard progress.skippedSteps < configuration.train.maxSkippedSteps else {
        report.diverged(plan, quantity)
        throw TrainingError.notFinite(step: plan.step, quantity: quantity)
      }
      progress.skippedSteps += 1
      let origin = try originOfFault(plan, sums, accumulator)
      report.skipped(
        plan, "the \(quantity) is not finite, which comes from \(origin)", progress.skippedSteps)
      return true
    }
    progress.skippedSteps = 0
    guard
      let spike = progress.guardAgainstSpike(
        of: total.loss, limit: configuration.train.spikeGuard)
    else { return false }
    report.skipped(
      plan,
      "the loss \(Report.decimals(total.loss, 4)) is a spike of "
        + "\(Report.decimals(spike, 1)) standard deviations", nil)
    return true
  }

  /// The ranks and samples that numbers come from which are not finite; collective.
  private func originOfFault(
    _ plan: StepPlan, _ sums: StepStatistics, _ accumulator: RankAccumulator
  ) throws -> String {
    let own = accumulator.buffers.allSatisfy { isFinite($0, 0..<$0.count) }
    let flags = try communication.perform { try $0.allGather([UInt8(own ? 0 : 1)]) }
    let threads = configuration.train.threads
    let ranks = plan.assignment.indices.filter { $0 % threads == 0 }.map { $0 / threads }
    // Rank zero speaks for all.
    guard communication.rank == 0 else { return "" }
    let order = EpochOrder(
      seed: configuration.seed, epoch: plan.epoch, count: workers.trainingSamples)
    let places = ranks.compactMap { rank -> String? in
      let all = plan.microBatches(of: rank, threads: threads)
      let losses = all.filter { !sums.results[$0].lossSum.isFinite }
      if losses.isEmpty && flags[rank] == [0] { return nil }
      // A loss tells which micro-batch it was; a sum of gradients does not.
      let named = (losses.isEmpty ? Array(all) : losses).prefix(Self.maximumNamed)
      let samples = named.map { self.samples(of: $0, in: plan, order) }
      return "\(description.placement.name(of: rank)), \(samples.joined(separator: ", "))"
    }
    return places.isEmpty ? "the sum of all ranks" : places.joined(separator: "; ")
  }

  /// The most micro-batches of a rank, and samples of a micro-batch, that a line names.
  private static var maximumNamed: Int { 4 }

  /// The samples of a micro-batch by their numbers in the training set.
  private func samples(of microBatch: Int, in plan: StepPlan, _ order: EpochOrder) -> String {
    let size = configuration.train.microBatchSize
    let first = plan.position + microBatch * size
    let numbers = order[first..<first + size].prefix(Self.maximumNamed).map(String.init)
    let more = size > Self.maximumNamed ? ", …" : ""
    return "micro-batch \(microBatch) (samples \(numbers.joined(separator: ", "))\(more))"
  }
}

extension FloatBuffer {
  /// Makes the element at `index` NaN, as a fault would.
  func poison(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = .nan }
  }

  /// Turns the lowest bit of the element at `index`, as damaged memory would.
  func turnBit(at index: Int) {
    withMutableSpan(index..<index + 1) { $0[0] = Float(bitPattern: $0[0].bitPattern ^ 1) }
  }
}
