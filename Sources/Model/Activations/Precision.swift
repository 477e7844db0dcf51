public import Kernels

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

/// The weights as operands of the blocks' products: in fp32 themselves, in bf16 a rounded copy.
///
/// One a rank, read by all workers. The copy has to be updated when the weights have changed.
public final class Operands: Sendable {
  let rounded: Buffer<BFloat16>?

  init(count: Int, precision: Precision) {
    rounded = precision == .bf16 ? Buffer(count: count) : nil
  }

  /// The copy in bf16.
  var bf16: Buffer<BFloat16> {
    guard let rounded else { preconditionFailure("operands of a model in fp32") }
    return rounded
  }

  /// Takes over the weights in `range`; calls for disjoint ranges may run at once.
  public func update(from weights: FloatBuffer, _ range: Range<Int>) {
    guard let rounded else { return }
    round(weights, range, into: rounded, at: range.lowerBound)
  }
}
