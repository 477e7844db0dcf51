/// One way to damage a file.
enum Mutation: CaseIterable {
  case flipBit, setByte, setNumber, truncate, remove, duplicate, swap, splice, insertWord, append

  /// No input grows beyond this.
  static let longest = 1 << 16

  private static let bytes: [UInt8] = [0, 1, 9, 0x0A, 0x20, 0x22, 0x5C, 0x7F, 0x80, 0xFE, 0xFF]
  private static let numbers: [UInt64] = [
    0, 1, 2, 3, 4, 7, 8, 15, 16, 32, 63, 64, 127, 128, 255, 256, 1 << 15, 1 << 16, 1 << 16 + 1,
    1 << 24, 1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 40, 1 << 62, 1 << 63 - 1, 1 << 63,
    .max - 1, .max,
  ]

  /// Damages `bytes`; `other` is a good file of the same format.
  func apply(
    to bytes: inout [UInt8], other: [UInt8], words: [String], using numbers: inout InputNumbers
  ) {
    let range = Self.range(in: bytes, using: &numbers)
    let place = range.lowerBound
    switch self {
    case .flipBit where place < bytes.count:
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
    case .setByte where place < bytes.count:
      bytes[place] = Self.bytes.randomElement(using: &numbers) ?? 0
    case .setNumber: Self.setNumber(at: place, of: &bytes, using: &numbers)
    case .truncate: bytes.removeLast(bytes.count - place)
    case .remove: bytes.removeSubrange(range)
    case .duplicate: bytes.insert(contentsOf: bytes[range], at: place)
    case .swap:
      let second = Self.range(in: bytes, using: &numbers)
      for (one, two) in zip(range, second) { bytes.swapAt(one, two) }
    case .splice:
      bytes.replaceSubrange(range, with: other[Self.range(in: other, using: &numbers)])
    case .insertWord:
      bytes.insert(contentsOf: (words.randomElement(using: &numbers) ?? "").utf8, at: place)
    case .append:
      bytes += (0..<Int.random(in: 1...16, using: &numbers)).map { _ in
        UInt8.random(in: 0...255, using: &numbers)
      }
    default: break
    }
    if bytes.count > Self.longest { bytes.removeLast(bytes.count - Self.longest) }
  }

  /// A place and a length: half of them near the front, where headers are.
  private static func range(
    in bytes: [UInt8], using numbers: inout InputNumbers
  ) -> Range<Int> {
    let end = Bool.random(using: &numbers) ? min(bytes.count, 256) : bytes.count
    let lower = Int.random(in: 0...end, using: &numbers)
    let length = Int.random(in: 1...(Bool.random(using: &numbers) ? 8 : 512), using: &numbers)
    return lower..<min(lower + length, bytes.count)
  }

  /// Puts a number at the border of some type in the place of 1 to 8 bytes, in either order.
  private static func setNumber(
    at place: Int, of bytes: inout [UInt8], using numbers: inout InputNumbers
  ) {
    let width = [1, 2, 4, 8].randomElement(using: &numbers) ?? 8
    let value = Self.numbers.randomElement(using: &numbers) ?? 0
    let digits = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    // Fields of headers lie at multiples of their width more often than not.
    let start = Bool.random(using: &numbers) ? place / width * width : place
    let end = min(start + width, bytes.count)
    bytes.replaceSubrange(
      start..<end,
      with: (Bool.random(using: &numbers) ? digits : digits.reversed()).prefix(end - start))
  }
}
