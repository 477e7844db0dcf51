import Model

extension ParameterLayout {
  /// The depth of each tensor, for a learning rate that falls from the head to the stem.
  ///
  /// The stem has 0, with what all blocks share; block i has i + 1, the last one with the norm behind the blocks;
  /// the head is one more.
  ///
  /// - Note: Source: `param_groups_layer_decay` of timm.
  var depths: [Int] {
    let blocks = parameters.map { Self.block(of: $0.name) }
    let count = (blocks.compactMap { $0 }.max() ?? -1) + 1
    // The buffer is in backward order: the head lies before the blocks.
    let headEnd = zip(parameters, blocks).filter { $1 != nil }.map(\.0.range.lowerBound).min() ?? 0
    return zip(parameters, blocks).map { parameter, block in
      if let block { return block + 1 }
      if parameter.range.lowerBound > headEnd { return 0 }
      return parameter.name.hasPrefix("norm.") ? count : count + 1
    }
  }

  /// The number of the block that a tensor belongs to, as in `blocks.3.norm.weight`; nil outside of blocks.
  private static func block(of name: String) -> Int? {
    let parts = name.split(separator: ".")
    return parts.first == "blocks" && parts.count > 1 ? Int(parts[1]) : nil
  }
}
