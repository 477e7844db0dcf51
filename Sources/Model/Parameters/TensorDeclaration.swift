/// A tensor as its layer declares it.
struct TensorDeclaration: Sendable, Equatable {
  /// The name in the state dictionary.
  let name: String

  /// The sizes, outermost first.
  let shape: [Int]

  /// What it holds before the first step.
  let initial: InitialValues

  /// Whether weight decay applies.
  let decays: Bool

  /// The meaning of each axis; empty if all are channels.
  let axes: [TensorAxis]

  /// The number of elements.
  var size: Int { shape.reduce(1, *) }

  /// A tensor that decays if it is a matrix, unless `decays` says otherwise.
  init(
    _ name: String, _ shape: [Int], _ initial: InitialValues, decays: Bool? = nil,
    axes: [TensorAxis] = []
  ) {
    precondition(
      axes.isEmpty || axes.count == shape.count, "\(axes.count) axes of \(shape.count) of \(name)")
    self.name = name
    self.shape = shape
    self.initial = initial
    self.decays = decays ?? (shape.count > 1)
    self.axes = axes
  }
}
