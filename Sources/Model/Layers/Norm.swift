import Kernels

/// What brings tokens to a common scale before a branch and before the head: from (R, D) to (R, D).
///
/// A ``Block`` says which norm its models have.
protocol Norm: Sendable {
  /// The name of the layer, which prefixes the names of its tensors.
  var name: String { get }

  /// Whether one of its tensors learns.
  var learns: Bool { get }

  /// Its tensors for tokens of `width` channels, in state-dict order.
  static func tensors(_ name: String, width: Int) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  ///
  /// - Parameters:
  ///   - name: the layer's name.
  ///   - rows: the rows of each sample that go through it.
  ///   - extent: how long its matrices have to last for backward.
  ///   - layout: where the tensors lie.
  ///   - plan: receives its matrices.
  init(
    _ name: String, rows: Int, _ extent: Extent, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan)

  /// From `input` (R, D), the rows of the chunk's samples, to `output` (R, D).
  func forward<Element, Input: Numeral, Output: Numeral>(
    _ input: Matrix<Input>, into output: Matrix<Output>, _ chunk: Chunk<Element>)

  /// From `dOutput` (R, D) to `dInput` (R, D), which may be `input` or `dOutput` itself; adds the gradients of the tensors.
  ///
  /// `adding`: the gradient of the input is added to `dInput`, as behind a shortcut.
  func backward<Element, Input: Numeral>(
    _ dOutput: Matrix<Input>, input: Matrix<Input>, into dInput: Matrix<Input>, adding: Bool,
    _ chunk: Chunk<Element>)
}
