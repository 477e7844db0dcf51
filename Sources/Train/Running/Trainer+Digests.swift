internal import Checkpoints
internal import Comm
internal import Foundation
internal import Kernels
internal import Model

extension Trainer {
  /// Records the digests of all ranks' node sums of this step.
  func recordDigests(
    _ plan: StepPlan, _ rankSum: RankSum, _ results: [MicroBatchResult]
  ) throws {
    let digest = NodeDigest(layout: model.layout, nodes: rankSum.nodes, buffers: rankSum.buffers)
    let all = try communication.perform { try $0.allGather(Array(digest.hexadecimal.utf8)) }
    report.digests(
      plan, threads: configuration.train.threads,
      digests: all.map { String(decoding: $0, as: UTF8.self) })
  }
}
