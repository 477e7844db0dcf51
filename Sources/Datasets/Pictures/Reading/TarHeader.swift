import Files

/// One block of 512 bytes before a member of a tar archive.
///
/// - Note: Source: IEEE Std 1003.1-2017, pax, "ustar Interchange Format"; for names and sizes beyond it the
///   manual of GNU tar, "Basic Tar Format".
struct TarHeader: Equatable {
  static let blockBytes = 512

  /// What follows the header.
  enum Kind: Equatable {
    case file, folder
    /// Records `length key=value` about the next member.
    case extended
    /// The name of the next member.
    case longName
    /// A file with holes, whose content is not stored as it is.
    case sparse
    /// A note about the archive, or about a link: neither a member nor about the next file.
    case note
    /// A link, a device, or anything else that is not a file.
    case other
  }

  /// The path, without what an extended header says of it.
  let name: [UInt8]
  /// Bytes of content, without the padding to whole blocks.
  let size: Int
  let kind: Kind

  /// Whether the block is one of zeros, as there are at the end.
  static func isEnd(_ block: [UInt8]) -> Bool { block.allSatisfy { $0 == 0 } }

  /// Decodes a block.
  ///
  /// - Throws: ``DatasetError`` for a wrong checksum or a size that is not a number.
  init(_ block: [UInt8], at location: FileLocation) throws(DatasetError) {
    precondition(block.count == Self.blockBytes, "a header of \(block.count) bytes")
    guard Self.hasRightSum(block) else {
      throw DatasetError(
        .invalid, location,
        "not a tar header: its checksum is wrong; copy or download the archive again")
    }
    let field = block[124..<136]
    // GNU tar leaves that of a volume's label empty.
    let isEmpty = field.allSatisfy { $0 == 0 || $0 == 0x20 }
    guard let size = isEmpty ? 0 : Self.number(field) else {
      throw DatasetError(
        .invalid, location, "the size of a member is not a number; make the archive again")
    }
    self.size = size
    kind = Self.kind(block[156])
    let name = Self.text(block[0..<100])
    // GNU's own format has times where POSIX has the first part of a long path.
    let isPOSIX = block[257..<263].elementsEqual(Array("ustar\0".utf8))
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  /// Whether a block is the header of a member.
  static func begins(_ block: [UInt8]) -> Bool {
    block.count == blockBytes && block[257..<262].elementsEqual("ustar".utf8) && hasRightSum(block)
  }

  /// The sum of all bytes, those of the sum itself as blanks; some old programs add signed bytes.
  private static func hasRightSum(_ block: [UInt8]) -> Bool {
    guard let expected = number(block[148..<156]) else { return false }
    var (unsigned, signed) = (8 * 0x20, 8 * 0x20)
    for (offset, byte) in block.enumerated() where !(148..<156).contains(offset) {
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    return expected == unsigned || expected == signed
  }

  /// Octal digits, or after a byte 0x80 a binary number; nil if there is neither.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if field.first == 0x80 {
      guard field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
      return Int(exactly: field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }

  /// The bytes up to the first NUL.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  private static func kind(_ flag: UInt8) -> Kind {
    switch flag {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .file
    case UInt8(ascii: "5"): .folder
    case UInt8(ascii: "x"): .extended
    case UInt8(ascii: "L"): .longName
    case UInt8(ascii: "S"): .sparse
    case UInt8(ascii: "g"), UInt8(ascii: "K"), UInt8(ascii: "V"): .note
    default: .other
    }
  }
}

/// What an extended header says of the member after it.
struct TarRecords: Equatable {
  private(set) var path: [UInt8]?
  private(set) var size: Int?
  /// Whether the member is a file with holes.
  private(set) var isSparse = false

  /// Reads records of the form `length key=value`, where the length counts the whole line.
  ///
  /// - Throws: ``DatasetError`` for records of another form.
  init(_ content: [UInt8], at location: FileLocation) throws(DatasetError) {
    var rest = content[...]
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { $0 != 0x20 }
      let length = Int(String(decoding: digits.prefix(10), as: UTF8.self)) ?? 0
      let record = rest.prefix(max(length, 0))
      guard length > digits.count + 2, record.count == length, record.last == 0x0a,
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else {
        throw DatasetError(
          .invalid, location, "the extended header of a member is damaged; copy the archive again")
      }
      let value = record[record.index(after: equals)...].dropLast()
      switch String(
        decoding: record[digits.endIndex...].dropFirst().prefix(upTo: equals), as: UTF8.self)
      {
      case "path": path = Array(value)
      case "size":
        guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else {
          throw DatasetError(
            .invalid, location, "the size of a member is not a number; make the archive again")
        }
        size = number
      case let key where key.hasPrefix("GNU.sparse."): isSparse = true
      default: break
      }
      rest = rest[record.endIndex...]
    }
  }
}
