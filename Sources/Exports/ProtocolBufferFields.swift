/// The fields of a message in the wire format of Protocol Buffers, one after the other.
///
/// They end where the message ends, or where it is damaged.
///
/// - Note: Source: protobuf.dev, "Encoding".
struct ProtocolBufferFields: Sequence, IteratorProtocol {
  /// What a field holds.
  enum Value: Equatable {
    case integer(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// A string, bytes, a message, or packed numbers.
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  /// The fields of the message `bytes`.
  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  mutating func next() -> (field: Int, value: Value)? {
    guard let key = varint(), let field = Int(exactly: key >> 3), field > 0 else { return nil }
    switch key & 7 {
    case 0: return varint().map { (field: field, value: .integer($0)) }
    case 1: return fixed(8).map { (field: field, value: .fixed64($0)) }
    case 2:
      guard let length = varint(), length <= UInt64(rest.count) else { return nil }
      let content = rest.prefix(Int(length))
      rest = rest.dropFirst(Int(length))
      return (field: field, value: .bytes(content))
    case 5: return fixed(4).map { (field: field, value: .fixed32(UInt32($0))) }
    default: return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(10).enumerated() {
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte & 0x80 == 0 {
        rest = rest.dropFirst(index + 1)
        return value
      }
    }
    return nil
  }

  private mutating func fixed(_ count: Int) -> UInt64? {
    guard rest.count >= count else { return nil }
    let value = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(count)
    return value
  }
}
