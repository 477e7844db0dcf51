/// Finds the first byte of a stream that is not UTF-8, however the stream is cut into pieces.
///
/// - Note: Source: The Unicode Standard, version 15.0, table 3-7.
struct UTF8Validator {
  /// The place of the first byte of the character that is in progress.
  private var characterStart = 0

  /// Bytes that the current character still lacks.
  private var missing = 0

  /// What the next of them may be; a lead byte may narrow it for the first.
  private var allowed: ClosedRange<UInt8> = 0x80...0xbf

  /// The place of the next byte.
  private var position: Int

  /// A validator of a stream whose first byte has the number `position` and begins a character.
  init(position: Int) {
    self.position = position
  }

  /// Takes the next bytes.
  ///
  /// - Returns: where the first malformed character begins, or nil.
  mutating func firstError(in bytes: [UInt8]) -> Int? {
    for byte in bytes {
      if missing > 0 {
        guard allowed.contains(byte) else { return characterStart }
        allowed = 0x80...0xbf
        missing -= 1
      } else if byte >= 0x80 {
        characterStart = position
        guard begin(byte) else { return position }
      }
      position += 1
    }
    return nil
  }

  /// Where the character begins that the end of the stream cuts off, or nil.
  var errorAtEnd: Int? { missing > 0 ? characterStart : nil }

  /// Takes the first byte of a character of several; false if none begins so.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xc2...0xdf: missing = 1
    case 0xe0...0xef: missing = 2
    case 0xf0...0xf4: missing = 3
    default: return false
    }
    switch byte {
    case 0xe0: allowed = 0xa0...0xbf
    case 0xed: allowed = 0x80...0x9f
    case 0xf0: allowed = 0x90...0xbf
    case 0xf4: allowed = 0x80...0x8f
    default: break
    }
    return true
  }
}
