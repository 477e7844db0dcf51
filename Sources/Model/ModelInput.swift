/// What a model takes.
///
/// Shapes, row-major, of a batch of B samples.
public enum ModelInput: ~Escapable {
  /// (B, channels, height, width), normalised.
  case images(Span<Float>)
}
