/// How a block of gMLP lets tokens mix, with f(z) = W·LN(z) + b over the tokens.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, section 4.1.
public enum SpatialFunction: String, Sendable, CaseIterable {
  /// `f(z)`.
  case linear
  /// `z + f(z)`.
  case additive
  /// `z ∘ f(z)`.
  case multiplicative
  /// `z₁ ∘ f(z₂)`, where z₁ and z₂ are the halves of z: the spatial gating unit.
  case split
}
