/// A matrix of activations that a layer has reserved in an ``ActivationPlan``.
struct Slot: Sendable, Equatable {
  /// Its index among the reserved matrices of its kind.
  let number: Int

  /// The number of rows, per sample or in all as `extent` says.
  let rows: Int

  /// The number of columns.
  let columns: Int

  /// What the rows are of, and how long they are kept.
  let extent: Extent
}

/// What the rows of a reserved matrix are of, and how long they are kept.
enum Extent: Sendable, Equatable {
  /// The rows are per sample of a sub-batch, and kept from forward to backward.
  case subBatch
  /// The rows are per sample of a chunk; the next layer works in the same memory.
  case chunk
  /// The rows do not depend on the number of samples; the next layer works in the same memory.
  case layer
}

/// A reserved matrix of floats.
struct FloatSlot: Sendable, Equatable {
  let slot: Slot
}

/// A reserved matrix of the model's precision: an operand of products.
struct OperandSlot: Sendable, Equatable {
  let slot: Slot
}

/// Where a kernel adds the gradient of a tensor: in the flat gradient, or, if the tensor is frozen, in a matrix that
/// nobody reads.
///
/// It is for kernels that sum this gradient along with other work. Products of frozen tensors are left out instead.
struct GradientSlot: Sendable {
  let parameter: Parameter
  let unread: FloatSlot?

  /// The gradient of `parameter`, a vector.
  init(_ parameter: Parameter, _ plan: inout ActivationPlan) {
    self.parameter = parameter
    unread =
      parameter.isFrozen
      ? plan.floats(rows: 1, columns: parameter.range.count, .layer, backwardOnly: true) : nil
  }
}
