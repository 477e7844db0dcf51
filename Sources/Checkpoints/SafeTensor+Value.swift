extension SafeTensor.ElementType {
  /// The number that an element stands for; of 64-bit integers the nearest one.
  ///
  /// - Parameter bytes: the element's own, the lowest first.
  /// - Returns: the number, which may be infinite or none.
  /// - Precondition: there are ``size`` of them.
  public func value(_ bytes: ArraySlice<UInt8>) -> Double {
    precondition(bytes.count == size, "\(bytes.count) bytes for an element of \(rawValue)")
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return switch self {
    case .bool, .uint8, .uint16, .uint32, .uint64: Double(bits)
    case .int8: Double(Int8(truncatingIfNeeded: bits))
    case .int16: Double(Int16(truncatingIfNeeded: bits))
    case .int32: Double(Int32(truncatingIfNeeded: bits))
    case .int64: Double(Int64(bitPattern: bits))
    case .float8e4m3: Self.float8e4m3(bits)
    case .float8e5m2: Double(Float16(bitPattern: UInt16(bits) << 8))
    case .float16: Double(Float16(bitPattern: UInt16(bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(bits) << 16))
    case .float32: Double(Float(bitPattern: UInt32(bits)))
    case .float64: Double(bitPattern: bits)
    }
  }

  /// A sign, four bits of exponent and three of fraction; without infinities, with one NaN.
  ///
  /// - Note: Source: Micikevicius et al., "FP8 Formats for Deep Learning", arXiv:2209.05433.
  private static func float8e4m3(_ bits: UInt64) -> Double {
    let (exponent, fraction) = (Int(bits >> 3 & 15), Double(bits & 7) / 8)
    if exponent == 15 && bits & 7 == 7 { return .nan }
    let magnitude =
      exponent == 0
      ? fraction * 0x1p-6
      : Double(sign: .plus, exponent: exponent - 7, significand: 1 + fraction)
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }
}
