extension ParameterLayout {
  /// The tensors of a model with these sizes, as its layers declare them; `configuration` is valid.
  init(_ configuration: ModelConfiguration, isFrozen: (String) -> Bool) {
    let blocks = configuration.blockParts.map { ResidualLayer.tensors($0, configuration) }
    self.init(
      layers: [configuration.stem.tensors(configuration)] + blocks
        + [configuration.head.tensors(configuration)], isFrozen: isFrozen)
  }
}
