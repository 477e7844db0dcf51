/// What a model takes: images, or sequences of tokens some of which are hidden.
///
/// Shapes, row-major, of a batch of B samples.
public enum ModelInput: Sendable {
  /// (B, channels, height, width), normalised.
  case images([Float])

  /// (B, N) tokens, and the (B, P) positions in 0..<N of those to predict.
  case text(tokens: [Int32], positions: [Int32])
}
