import Configuration
import Checkpoints
import Comm
import Foundation
import Kernels
import Model
package import Reduction

extension Trainer {
  /// Records the digests of all ranks' node sums of this step.
  package func recordDigests(
    _ plan: StepPlan, _ accumulator: RankAccumulator, _ results: [MicroBatchResult]
  ) throws {
    let digest = NodeDigest(
      layout: model.layout, nodes: accumulator.nodes, buffers: accumulator.buffers)
    let all = try communication.perform { try $0.allGather(Array(digest.hexadecimal.utf8)) }
    report.digests(
      plan, threads: configuration.train.threads,
      digests: all.map { String(decoding: $0, as: UTF8.self) })
  }
}
