/// The numbers that activations and matrix products are held in.
public enum Precision: String, Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case fp32
}
