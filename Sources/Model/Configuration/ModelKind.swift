/// What the blocks of a model are.
public enum ModelKind: String, Sendable, CaseIterable {
  /// One branch with a spatial gating unit; with a tiny attention it is aMLP.
  case gmlp
  /// Self-attention, then a feed-forward layer.
  case transformer
  /// A layer over the tokens, then one over the channels.
  case mixer
  /// A linear layer over the tokens, then layers over the channels; no statistics anywhere.
  case resmlp

  /// All that is special about the models of this kind.
  var block: any Block.Type {
    switch self {
    case .gmlp: GMLPBlock.self
    case .transformer: TransformerBlock.self
    case .mixer: MixerBlock.self
    case .resmlp: ResMLPBlock.self
    }
  }
}
