/// A kind of number that kernels read from and write to memory; they compute in `Float`.
///
/// `Float` itself, or ``BFloat16``, which takes half the memory and half the time of a product.
public protocol Numeral: BitwiseCopyable, Sendable {
  /// The nearest number of this kind, ties to even.
  init(rounding value: Float)

  /// The value.
  var float: Float { get }

  /// Sixteen numbers that begin at `place`; for kernels.
  @unsafe static func load(_ place: UnsafePointer<Self>) -> SIMD16<Float>

  /// Rounds and writes sixteen numbers; for kernels.
  @unsafe static func store(_ values: SIMD16<Float>, _ place: UnsafeMutablePointer<Self>)

  /// What GELU needs at sixteen magnitudes, as exactly as this kind of number shows; for kernels.
  static func gaussian(_ magnitude: SIMD16<Float>) -> Gaussian
}
