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

  /// The number of elements.
  var size: Int { shape.reduce(1, *) }

  /// A tensor that decays if it is a matrix, unless `decays` says otherwise.
  init(_ name: String, _ shape: [Int], _ initial: InitialValues, decays: Bool? = nil) {
    self.name = name
    self.shape = shape
    self.initial = initial
    self.decays = decays ?? (shape.count > 1)
  }
}
