import Configuration
import Mathematics
import Model

/// The tensors of a model by how their weights are updated.
struct WeightGroups: Sendable {
  /// Weights that are updated alike.
  struct Group: Sendable, Hashable {
    /// What the learning rate is multiplied by.
    let rateFactor: Double
    /// Their decay; 0 for none.
    let weightDecay: Double
  }

  /// All kinds that there are.
  let groups: [Group]
  /// The group of each of the layout's parameters.
  let indices: [Int]

  /// The groups of the tensors of `layout`.
  init(_ settings: OptimizerSettings, _ layout: ParameterLayout) {
    var (groups, indices) = ([Group](), [Int]())
    let depths = layout.depths
    let head = depths.max() ?? 0
    for (parameter, depth) in zip(layout.parameters, depths) {
      let decay = settings.weightDecay * settings.decayFactors.factor(of: parameter.name)
      let group = Group(
        rateFactor: settings.rateFactors.factor(of: parameter.name)
          * power(settings.layerDecay, head - depth),
        weightDecay: parameter.decays ? decay : 0)
      let index = groups.firstIndex(of: group) ?? groups.count
      if index == groups.count { groups.append(group) }
      indices.append(index)
    }
    (self.groups, self.indices) = (groups, indices)
  }
}

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
    // In state-dict order the stem comes before the blocks.
    let firstOfBlocks = blocks.firstIndex { $0 != nil } ?? 0
    return parameters.indices.map { index in
      if let block = blocks[index] { return block + 1 }
      if index < firstOfBlocks { return 0 }
      return parameters[index].name.hasPrefix("norm.") ? count : count + 1
    }
  }

  /// The number of the block that a tensor belongs to, as in `blocks.3.norm.weight`; nil outside of blocks.
  private static func block(of name: String) -> Int? {
    let parts = name.split(separator: ".")
    return parts.first == "blocks" && parts.count > 1 ? Int(parts[1]) : nil
  }
}
