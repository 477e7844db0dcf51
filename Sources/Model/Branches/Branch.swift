import Kernels

/// What a residual layer adds to its stream: from tokens (R, D) to a change of them (R, D).
///
/// It keeps what its way back needs and cannot cheaply compute again.
protocol Branch: Sendable {
  /// Its tensors in state-dict order; `part` says how they are called and begin.
  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan)

  /// The bias of its last product, which the residual layer adds; nil where the branch does.
  var outputBias: Parameter? { get }

  /// Whether one of its tensors learns, also of those that it shares with other layers.
  var learns: Bool { get }

  /// The layer that is named where the stream after the branch is not finite.
  var outputName: String { get }

  /// From `input` (C·N, D) to `output` (C·N, D).
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError)

  /// From `dOutput` (C·N, D) to `dInput` (C·N, D), if that is wanted; adds the gradients of the tensors that learn.
  ///
  /// May overwrite `dOutput` and what forward kept.
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError)

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the input.
  func products(samples: Int, backward: Bool) -> [LayerProduct]
}
