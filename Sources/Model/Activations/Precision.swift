public import Kernels

/// The kind of number of the blocks' activations and of the operands of their products.
///
/// Weights, gradients, norms' statistics, the stream between the blocks, the stem, and the head of images are always
/// fp32. Products are summed in fp32. The logits of text are of this kind too.
public enum Precision: String, Sendable, CaseIterable {
  /// 32 bits everywhere.
  case fp32

  /// 16 bits, with the range of fp32: see `BFloat16`.
  case bf16
}

/// The weights as operands of the blocks' products: in fp32 themselves, in bf16 a rounded copy.
///
/// There is one per rank, which all workers read. Update the copy when the weights have changed.
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

  /// Rounds the weights in `range`; calls for disjoint ranges may run at once.
  public func update(from weights: FloatBuffer, _ range: Range<Int>) {
    guard let rounded else { return }
    round(weights, range, into: rounded, at: range.lowerBound)
  }
}
