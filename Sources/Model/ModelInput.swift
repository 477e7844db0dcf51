/// What a model takes: images, or sequences of tokens some of which are hidden.
///
/// Shapes, row-major, of a batch of B samples.
public enum ModelInput: ~Escapable {
  /// (B, channels, height, width), normalised.
  case images(Span<Float>)

  /// (B, N) tokens, and the (B, P) positions in 0..<N of those to predict.
  case text(tokens: Span<Int32>, positions: Span<Int32>)
}
