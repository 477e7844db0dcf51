/// A message in the wire format of Protocol Buffers, built field by field.
///
/// Every field that is added is written, zeros too. Readers take fields in any order.
///
/// - Note: Source: protobuf.dev, "Encoding".
package struct ProtocolBuffer: Sendable, Equatable {
  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// The message so far.
  package private(set) var bytes: [UInt8] = []

  /// A message without fields.
  package init() {}

  /// Adds an integer or the value of an enumeration; a negative one takes ten bytes.
  package mutating func add(_ field: Int, integer: Int) {
    addKey(field, .varint)
    addVarint(UInt64(bitPattern: Int64(integer)))
  }

  /// Adds true or false.
  package mutating func add(_ field: Int, bool: Bool) {
    add(field, integer: bool ? 1 : 0)
  }

  /// Adds a number of four bytes.
  package mutating func add(_ field: Int, float: Float) {
    addKey(field, .fixed32)
    append(float.bitPattern)
  }

  /// Adds a number of eight bytes.
  package mutating func add(_ field: Int, double: Double) {
    addKey(field, .fixed64)
    append(double.bitPattern)
  }

  /// Adds a string.
  package mutating func add(_ field: Int, text: String) {
    add(field, bytes: Array(text.utf8))
  }

  /// Adds bytes, which are copied.
  package mutating func add(_ field: Int, bytes content: [UInt8]) {
    addKey(field, .lengthDelimited)
    addVarint(UInt64(content.count))
    bytes += content
  }

  /// Adds a message.
  package mutating func add(_ field: Int, message: ProtocolBuffer) {
    add(field, bytes: message.bytes)
  }

  /// Adds the message that `build` fills.
  package mutating func add(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
    var message = ProtocolBuffer()
    build(&message)
    add(field, message: message)
  }

  /// Adds numbers of four bytes, one after the other: a packed field, or the raw bytes of a tensor.
  package mutating func add(_ field: Int, floats: [Float]) {
    addKey(field, .lengthDelimited)
    addVarint(UInt64(4 * floats.count))
    bytes.reserveCapacity(bytes.count + 4 * floats.count)
    for value in floats { append(value.bitPattern) }
  }

  /// Adds numbers of eight bytes, one after the other: a packed field, or the raw bytes of a tensor.
  package mutating func add(_ field: Int, doubles: [Double]) {
    addKey(field, .lengthDelimited)
    addVarint(UInt64(8 * doubles.count))
    bytes.reserveCapacity(bytes.count + 8 * doubles.count)
    for value in doubles { append(value.bitPattern) }
  }

  private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
    }
  }

  private mutating func addKey(_ field: Int, _ type: WireType) {
    precondition((1..<1 << 29).contains(field), "field \(field) of a message")
    addVarint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; all bytes but the last have their highest bit set.
  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
