import CLanes

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

  /// What GELU needs at sixteen magnitudes, as exact as this kind of number can show; for kernels.
  static func gaussian(_ magnitude: SIMD16<Float>) -> Gaussian
}

extension Float: Numeral {
  /// The value itself.
  @inline(__always)
  public init(rounding value: Float) { self = value }

  /// The value itself.
  @inline(__always)
  public var float: Float { self }

  /// Sixteen numbers that begin at `place`.
  @inline(__always)
  @unsafe public static func load(_ place: UnsafePointer<Float>) -> SIMD16<Float> {
    unsafe UnsafeRawPointer(place).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Writes sixteen numbers.
  @inline(__always)
  @unsafe public static func store(
    _ values: SIMD16<Float>, _ place: UnsafeMutablePointer<Float>
  ) {
    unsafe UnsafeMutableRawPointer(place).storeBytes(of: values, as: SIMD16<Float>.self)
  }
}

/// The upper half of a `Float`: its range, and eight bits of precision.
public struct BFloat16: Numeral, Equatable {
  /// Sign, exponent and the seven highest bits of the fraction.
  public let bits: UInt16

  /// The number with these bits.
  @inline(__always)
  public init(bits: UInt16) {
    self.bits = bits
  }

  /// The nearest number, ties to even.
  @inline(__always)
  public init(rounding value: Float) {
    bits = clanes_narrow(SIMD16(repeating: value))[0]
  }

  /// The value.
  @inline(__always)
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }

  /// Sixteen numbers that begin at `place`.
  @inline(__always)
  @unsafe public static func load(_ place: UnsafePointer<BFloat16>) -> SIMD16<Float> {
    clanes_widen(unsafe UnsafeRawPointer(place).loadUnaligned(as: SIMD16<UInt16>.self))
  }

  /// Rounds and writes sixteen numbers.
  @inline(__always)
  @unsafe public static func store(
    _ values: SIMD16<Float>, _ place: UnsafeMutablePointer<BFloat16>
  ) {
    unsafe UnsafeMutableRawPointer(place).storeBytes(
      of: clanes_narrow(values), as: SIMD16<UInt16>.self)
  }
}
