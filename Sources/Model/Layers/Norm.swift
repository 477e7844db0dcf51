import Kernels

/// What brings tokens to a common size before a branch and before the head: from (R, D) to (R, D).
///
/// Which one it is, a ``Block`` says.
protocol Norm: Sendable {
  /// The name of the layer, with which those of its tensors begin.
  var name: String { get }

  /// Whether one of its tensors learns.
  var learns: Bool { get }

  /// Its tensors for tokens of `width` channels, in state-dict order.
  static func tensors(_ name: String, width: Int) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  ///
  /// - Parameters:
  ///   - name: the layer's.
  ///   - rows: of each sample that go through it.
  ///   - extent: how long backward can still follow forward.
  ///   - layout: where the tensors lie.
  ///   - plan: has room for its matrices afterwards.
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
