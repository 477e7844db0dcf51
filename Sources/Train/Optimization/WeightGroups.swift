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
