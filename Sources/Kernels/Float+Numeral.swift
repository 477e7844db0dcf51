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
