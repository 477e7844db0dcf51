/// What the blocks of a model are.
public enum ModelKind: String, Sendable, CaseIterable {
  /// One branch with a spatial gating unit; with a tiny attention it is aMLP.
  case gmlp
  /// Self-attention, then a feed-forward layer.
  case transformer
  /// A layer over the tokens, then one over the channels.
  case mixer
}
