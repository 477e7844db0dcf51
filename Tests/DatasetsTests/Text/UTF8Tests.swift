import Testing

@testable import Datasets

@Suite("UTF-8")
struct UTF8Tests {
  /// The place of the first error when `bytes` come in two pieces, cut at each place in turn.
  private func errors(_ bytes: [UInt8]) -> Set<Int?> {
    Set(
      (0...bytes.count).map { cut in
        var validator = UTF8Validator(position: 100)
        return validator.firstError(in: Array(bytes[..<cut]))
          ?? validator.firstError(in: Array(bytes[cut...])) ?? validator.errorAtEnd
      })
  }

  @Test("Every character is taken, wherever a piece ends")
  func valid() {
    for value in stride(from: UInt32(0), through: 0x10ffff, by: 7) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(errors(Array("a\(Character(scalar))b".utf8)) == [nil], "\(value)")
    }
  }

  @Test(
    "An invalid character is found at its first byte",
    arguments: [
      [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80],
      [0xe2, 0x82], [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80],
      [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff],
    ] as [[UInt8]])
  func invalid(bytes: [UInt8]) {
    #expect(errors([0x61, 0xc3, 0xa9] + bytes + [0x62]) == [103])
    #expect(errors([0x61, 0xc3, 0xa9] + bytes) == [103])
    // The standard library's own decoder agrees that it is none.
    #expect(String(validating: bytes, as: UTF8.self) == nil)
  }
}
