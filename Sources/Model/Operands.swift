public import Kernels

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
