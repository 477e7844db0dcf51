/// A family of models with one kind of block; each family has a file of its own for all that is special about it.
///
/// ``ModelKind`` lists the families.
protocol Block {
  /// The norm of the blocks, and that before the head.
  static var norm: any Norm.Type { get }

  /// The keys of `[model]` that this family has and some others do not.
  static var keys: Set<String> { get }

  /// The named models of this family.
  static var presets: KeyValuePairs<String, ModelConfiguration> { get }

  /// The residual layers of block number `block`, first to last.
  static func parts(_ block: Int, _ configuration: ModelConfiguration) -> [BlockPart]

  /// Weights of a block beside those of layers D → F and F → D and of an (N, N) matrix over the tokens, at most.
  static func furtherWeights(_ configuration: ModelConfiguration) -> Int

  /// Throws ``ModelError/invalidConfiguration(key:value:advice:)`` for the first key that is wrong in this family.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError)
}

extension Block {
  static func furtherWeights(_ configuration: ModelConfiguration) -> Int { 0 }
}

extension ModelKind {
  /// What is special about the models of this kind.
  var block: any Block.Type {
    switch self {
    case .gmlp: GMLPBlock.self
    case .transformer: TransformerBlock.self
    case .mixer: MixerBlock.self
    case .resmlp: ResMLPBlock.self
    }
  }
}
