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

/// One of the residual layers that a block consists of: a norm and a branch, how their tensors are called,
/// and how those of the branch begin.
struct BlockPart: Sendable {
  /// The number of the block.
  let block: Int

  /// The layer's norm.
  let norm: any Norm.Type

  /// The name of the norm, such as `blocks.0.norm1`.
  let normName: String

  /// What the layer adds to the stream.
  let branch: any Branch.Type

  /// What the names of the branch's tensors begin with, such as `blocks.0.mlp`.
  let branchName: String

  /// How the linear layers of the branch begin.
  let values: LinearValues

  /// A part of the block of this number; the names are those within the block.
  init(
    _ block: Int, norm: any Norm.Type, normName: String, branch: any Branch.Type,
    branchName: String, _ values: LinearValues
  ) {
    self.block = block
    self.norm = norm
    self.normName = "\(Self.blockName(block)).\(normName)"
    self.branch = branch
    self.branchName = "\(Self.blockName(block)).\(branchName)"
    self.values = values
  }

  /// The name of the block.
  var blockName: String { Self.blockName(block) }

  private static func blockName(_ block: Int) -> String { "blocks.\(block)" }
}
