/// One tensor of a safetensors file: its name, type, shape and place.
public struct SafeTensor: Sendable, Equatable {
  /// The type of the elements, with the names the format gives them.
  public enum ElementType: String, Sendable {
    /// 8-bit types.
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8e5m2 = "F8_E5M2"
    case float8e4m3 = "F8_E4M3"
    /// 16-bit types.
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    /// 32-bit types.
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    /// 64-bit types.
    case int64 = "I64"
    case uint64 = "U64"
    case float64 = "F64"

    /// The bytes of one element.
    public var size: Int {
      switch self {
      case .bool, .uint8, .int8, .float8e5m2, .float8e4m3: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  /// The name, for example `blocks.0.norm.weight`.
  public let name: String
  /// The name of the elements' type, as in "F32".
  public let typeName: String
  /// The extent of each dimension, row-major; empty for a single number.
  public let shape: [Int]
  /// The bytes it takes, counted from the first byte after the header.
  public let bytes: Range<Int>

  /// The type of the elements; nil for an unknown one.
  public var type: ElementType? { ElementType(rawValue: typeName) }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
}

extension SafeTensor {
  /// The bytes that a tensor of `shape` takes with elements of `size` bytes; nil if the number does
  /// not fit into an `Int`.
  static func byteCount(_ shape: [Int], size: Int) -> Int? {
    var bytes = size
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      bytes = product
    }
    return bytes
  }
}

extension SafeTensor.ElementType {
  /// The value of an element; for 64-bit integers the nearest one.
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
