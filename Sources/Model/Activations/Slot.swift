/// A matrix of activations that a layer has reserved in an ``ActivationPlan``.
struct Slot: Sendable, Equatable {
  /// Its place among the reserved ones of its kind.
  let number: Int

  /// How many rows, counted as `extent` says.
  let rows: Int

  /// The columns.
  let columns: Int

  /// What the rows are of, and how long they are kept.
  let extent: Extent
}

/// What the rows of a reserved matrix are of, and how long they are kept.
enum Extent: Sendable, Equatable {
  /// So many of each sample of a sub-batch, kept from forward to backward.
  case subBatch
  /// So many of each sample of a chunk; the next layer works in the same memory.
  case chunk
  /// So many for any number of samples; the next layer works in the same memory.
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

/// Where a kernel adds the gradient of a tensor: in the flat gradient, or if the tensor is frozen in a matrix
/// that nobody reads.
///
/// For kernels that sum such a gradient by the way. Products of frozen tensors are left out instead.
struct GradientSlot: Sendable {
  let parameter: Parameter
  let unread: FloatSlot?

  /// The gradient of `parameter`, a vector.
  init(_ parameter: Parameter, _ plan: inout ActivationPlan) {
    self.parameter = parameter
    unread =
      parameter.isFrozen
      ? plan.floats(rows: 1, columns: parameter.range.count, .layer) : nil
  }
}
