import Kernels

/// The kind of number that the blocks' activations and the operands of their products have.
///
/// Weights, gradients, norms' statistics, the stream between the blocks, the stem and the head of
/// images are fp32 in both; products are summed in fp32. The logits of text are of this kind too.
public enum Precision: String, Sendable, CaseIterable {
  /// 32 bits everywhere.
  case fp32

  /// 16 bits, with the range of fp32: see `BFloat16`.
  case bf16
}
