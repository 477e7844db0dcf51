import CLanes

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
