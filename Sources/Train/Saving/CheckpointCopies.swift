import Kernels

/// Room for what a checkpoint copies: this rank's state and average, and on rank zero the weights.
struct CheckpointCopies: Sendable {
  /// The whole flat buffer; nil on other ranks than zero.
  let weights: FloatBuffer?
  /// What this rank owns of each group.
  let tensors: [CheckpointTensor: FloatBuffer]

  /// Room for `weightCount` weights, if any, and for `ownedCount` elements of each group.
  init(weightCount: Int?, tensors: [CheckpointTensor], ownedCount: Int) {
    weights = weightCount.map { FloatBuffer(count: $0) }
    self.tensors = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0, FloatBuffer(count: ownedCount)) })
  }

  /// Writes to all of it, so that the system has found the pages before they are copied to.
  func touch() {
    for buffer in [weights].compactMap({ $0 }) + tensors.values { buffer.zero(0..<buffer.count) }
  }
}
