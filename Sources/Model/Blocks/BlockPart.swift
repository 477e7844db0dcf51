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
