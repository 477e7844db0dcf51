import Testing

@testable import Exports

/// Messages byte by byte; the examples are those of protobuf.dev, "Encoding".
struct ProtocolBufferTests {
  @Test("Integers take seven bits a byte, and negative ones ten bytes")
  func integers() {
    #expect(Self.message { $0.add(1, integer: 150) }.bytes == [0x08, 0x96, 0x01])
    #expect(Self.message { $0.add(2, integer: 0) }.bytes == [0x10, 0x00])
    #expect(Self.message { $0.add(1, integer: 127) }.bytes == [0x08, 0x7f])
    #expect(Self.message { $0.add(1, integer: 128) }.bytes == [0x08, 0x80, 0x01])
    let minusOne: [UInt8] = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0x01]
    #expect(Self.message { $0.add(1, integer: -1) }.bytes == minusOne)
    #expect(Self.message { $0.add(16, bool: true) }.bytes == [0x80, 0x01, 0x01])
  }

  @Test("Floating-point numbers are little-endian")
  func numbers() {
    #expect(Self.message { $0.add(1, float: 1) }.bytes == [0x0d, 0, 0, 0x80, 0x3f])
    #expect(Self.message { $0.add(1, double: 1) }.bytes == [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  }

  @Test("Strings, bytes and messages come with their length")
  func lengths() {
    let text = Self.message { $0.add(2, text: "testing") }
    #expect(text.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    #expect(Self.message { $0.add(2, text: "") }.bytes == [0x12, 0x00])
    let inner = Self.message { $0.add(1, integer: 150) }
    #expect(Self.message { $0.add(3, message: inner) }.bytes == [0x1a, 0x03, 0x08, 0x96, 0x01])
    #expect(Self.message { $0.add(3) { $0.add(1, integer: 150) } }.bytes[1...] == [3, 8, 150, 1])
    let long = Self.message { $0.add(1, bytes: [UInt8](repeating: 7, count: 300)) }
    #expect(long.bytes.prefix(4) == [0x0a, 0xac, 0x02, 7])
    #expect(long.bytes.count == 303)
  }

  @Test("Lists of numbers are packed, as the raw bytes of a tensor are")
  func packed() {
    let floats = Self.message { $0.add(4, floats: [1, -2]) }
    #expect(floats.bytes == [0x22, 0x08, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    let doubles = Self.message { $0.add(4, doubles: [1]) }
    #expect(doubles.bytes == [0x22, 0x08, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
    #expect(Self.message { $0.add(4, floats: []) }.bytes == [0x22, 0x00])
  }

  @Test("Fields are read as they were written, up to where a message is cut off")
  func fields() {
    let message = Self.message {
      $0.add(1, integer: 300)
      $0.add(2, text: "ab")
      $0.add(3, float: 1)
      $0.add(4, double: 2)
    }
    let values: [ProtocolBufferFields.Value] = [
      .integer(300), .bytes([0x61, 0x62]), .fixed32(Float(1).bitPattern),
      .fixed64(2.0.bitPattern),
    ]
    let found = Array(ProtocolBufferFields(message.bytes[...]))
    #expect(found.map(\.field) == [1, 2, 3, 4] && found.map(\.value) == values)
    for length in message.bytes.indices {
      let part = ProtocolBufferFields(message.bytes[..<length]).map(\.value)
      #expect(part.count < 4 && part == Array(values.prefix(part.count)))
    }
    // A length that no message has room for, and a type that there is not.
    #expect(Array(ProtocolBufferFields([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f, 1])).isEmpty)
    #expect(Array(ProtocolBufferFields([0x0f, 1])).isEmpty)
  }

  private static func message(_ build: (inout ProtocolBuffer) -> Void) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    build(&message)
    return message
  }
}
