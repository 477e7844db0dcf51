import Comm
import Configuration
import Datasets
import Kernels
import Model
import Planning
import Reduction

extension Trainer {
  /// Records the digests of all ranks' node sums of this step.
  func recordDigests(_ plan: StepPlan, _ accumulator: RankAccumulator) throws {
    let digest = NodeDigest(
      layout: model.layout, nodes: accumulator.nodes, buffers: accumulator.buffers)
    let all = try communication.perform { try $0.allGather(Array(digest.hexadecimal.utf8)) }
    report.digests(
      plan, threads: configuration.train.threads,
      digests: all.map { String(decoding: $0, as: UTF8.self) })
  }

  /// The ranks and samples that produced the numbers that are not finite; collective.
  func originOfFault(
    _ plan: StepPlan, _ statistics: StepStatistics, _ accumulator: RankAccumulator
  ) throws -> String {
    let own = accumulator.buffers.allSatisfy { isFinite($0, 0..<$0.count) }
    let flags = try communication.perform { try $0.allGather([UInt8(own ? 0 : 1)]) }
    let threads = configuration.train.threads
    let ranks = plan.assignment.indices.filter { $0 % threads == 0 }.map { $0 / threads }
    // Rank zero speaks for all.
    guard communication.rank == 0 else { return "" }
    let order = EpochOrder(
      seed: configuration.seed, epoch: plan.epoch, count: workers.trainingSamples,
      repeats: configuration.repeats)
    let places = ranks.compactMap { rank -> String? in
      let all = plan.microBatches(of: rank, threads: threads)
      let losses = all.filter { !statistics.results[$0].lossSum.isFinite }
      if losses.isEmpty && flags[rank] == [0] { return nil }
      // A loss identifies its micro-batch; a sum of gradients does not.
      let named = (losses.isEmpty ? Array(all) : losses).prefix(Self.maximumNamed)
      let samples = named.map { self.samples(of: $0, in: plan, order) }
      return "\(description.placement.name(of: rank)), \(samples.joined(separator: ", "))"
    }
    return places.isEmpty ? "the sum of all ranks" : places.joined(separator: "; ")
  }

  /// The largest number of micro-batches of a rank, and of samples of a micro-batch, that a line names.
  private static var maximumNamed: Int { 4 }

  /// The samples of a micro-batch by their numbers in the training set.
  private func samples(of microBatch: Int, in plan: StepPlan, _ order: EpochOrder) -> String {
    let size = configuration.train.microBatchSize
    let first = plan.position + microBatch * size
    let numbers = order[first..<first + size].prefix(Self.maximumNamed).map {
      String($0 / configuration.repeats)
    }
    let more = size > Self.maximumNamed ? ", …" : ""
    return "micro-batch \(microBatch) (samples \(numbers.joined(separator: ", "))\(more))"
  }
}
