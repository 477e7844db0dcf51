/// How a Transformer knows where its tokens stand.
public enum Positions: String, Sendable, CaseIterable {
  /// It does not, or by its blocks, as gMLP and Mixer.
  case none
  /// A learned vector for each place is added to the token.
  case learned
  /// A learned number for each head and distance is added to the scores of attention, in all blocks.
  case relative
}
