/// One of the residual layers that a block consists of.
struct BlockPart: Sendable {
  /// The number of the block.
  let block: Int

  /// The name of the layer's norm.
  let norm: String

  /// What it adds to the stream.
  let branch: any Branch.Type
}

extension ModelConfiguration {
  /// The residual layers of all blocks, first to last.
  var blockParts: [BlockPart] {
    (0..<numLayers).flatMap { block in
      let name = "blocks.\(block)"
      return switch kind {
      case .gmlp: [BlockPart(block: block, norm: "\(name).norm", branch: GMLPBranch.self)]
      case .transformer:
        [
          BlockPart(block: block, norm: "\(name).norm1", branch: SelfAttention.self),
          BlockPart(block: block, norm: "\(name).norm2", branch: FeedForward.self),
        ]
      case .mixer:
        [
          BlockPart(block: block, norm: "\(name).norm1", branch: TokenMixing.self),
          BlockPart(block: block, norm: "\(name).norm2", branch: FeedForward.self),
        ]
      }
    }
  }
}
