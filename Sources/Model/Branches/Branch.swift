import Kernels

/// What a residual layer adds to its stream: a function from tokens (R, D) to a change of them (R, D).
///
/// It keeps what its backward pass needs and cannot cheaply recompute.
protocol Branch: Sendable {
  /// Its tensors in state-dict order; `part` has their names and initial values.
  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan)

  /// The bias of its last product, for the residual layer to add; nil if the branch adds it.
  var outputBias: Parameter? { get }

  /// The layer to name if the stream after the branch is not finite.
  var outputName: String { get }

  /// From `input` (C·N, D), which it may overwrite, to `output` (C·N, D).
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError)

  /// From `dOutput` (C·N, D) to `dInput` (C·N, D), if wanted; adds the gradients of the tensors that learn.
  ///
  /// May overwrite `dOutput`, `input` and what forward kept.
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError)

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the input.
  func products(samples: Int, backward: Bool) -> [LayerProduct]
}

/// One of the residual layers of a block: a norm and a branch, with the names of their tensors and the initial values
/// of the branch's.
struct BlockPart: Sendable {
  /// The number of the block.
  let block: Int

  /// The layer's norm.
  let norm: any Norm.Type

  /// The name of the norm, such as `blocks.0.norm1`.
  let normName: String

  /// What the layer adds to the stream.
  let branch: any Branch.Type

  /// The prefix of the names of the branch's tensors, such as `blocks.0.mlp`.
  let branchName: String

  /// The initial values of the branch's linear layers.
  let values: LinearValues

  /// A part of block number `block`; the names are relative to the block.
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

  /// The initial values of the branch's last linear layer.
  func outputValues(_ configuration: ModelConfiguration) -> LinearValues {
    values.scaled(by: configuration.outputScale)
  }

  /// The name of the block.
  var blockName: String { Self.blockName(block) }

  private static func blockName(_ block: Int) -> String { "blocks.\(block)" }
}
