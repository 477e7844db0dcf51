import Kernels

extension ParameterLayout {
  /// The tensors of timm's gMLP with these sizes; `configuration` is valid.
  init(_ configuration: ModelConfiguration) {
    let (d, f) = (configuration.dModel, configuration.dFFN)
    let tokens = configuration.patchGrid.tokens
    let stem: [(name: String, shape: [Int])] = [
      ("stem.proj.weight", [d, configuration.channels] + configuration.patchSize),
      ("stem.proj.bias", [d]),
    ]
    let blocks: [[(name: String, shape: [Int])]] = (0..<configuration.numLayers).map { index in
      let block = "blocks.\(index)"
      return [
        ("\(block).norm.weight", [d]),
        ("\(block).norm.bias", [d]),
        ("\(block).mlp_channels.fc1.weight", [f, d]),
        ("\(block).mlp_channels.fc1.bias", [f]),
        ("\(block).mlp_channels.gate.norm.weight", [f / 2]),
        ("\(block).mlp_channels.gate.norm.bias", [f / 2]),
        ("\(block).mlp_channels.gate.proj.weight", [tokens, tokens]),
        ("\(block).mlp_channels.gate.proj.bias", [tokens]),
        ("\(block).mlp_channels.fc2.weight", [d, f / 2]),
        ("\(block).mlp_channels.fc2.bias", [d]),
      ]
    }
    let head: [(name: String, shape: [Int])] = [
      ("norm.weight", [d]),
      ("norm.bias", [d]),
      ("head.weight", [configuration.numClasses, d]),
      ("head.bias", [configuration.numClasses]),
    ]
    self.init(groups: [stem] + blocks + [head])
  }
}
