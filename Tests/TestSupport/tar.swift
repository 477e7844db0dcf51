/// One member of a tar archive that a test makes.
public struct TarEntry: Sendable {
  /// The bytes of its path.
  public var name: [UInt8]
  /// The content of a file.
  public var content: [UInt8]
  /// The type: `0` for a file, `5` for a folder.
  public var flag: UInt8

  /// A member of the given name and content.
  public init(_ name: String, _ content: [UInt8] = [], flag: Character = "0") {
    self.name = Array(name.utf8)
    self.content = content
    self.flag = flag.asciiValue ?? 0
  }
}

/// A tar archive of `entries`, with the two blocks of zeros at its end.
///
/// Long names are written as POSIX has them, in an extended header, or as GNU tar does, before the member.
public func tar(_ entries: [TarEntry], isGNU: Bool = false) -> [UInt8] {
  entries.flatMap { entry -> [UInt8] in
    var long: [UInt8] = []
    if entry.name.count > 100 {
      long =
        isGNU
        ? tarMember(name: Array("././@LongLink".utf8), entry.name + [0], flag: "L")
        : tarMember(name: Array("PaxHeaders/x".utf8), paxRecord("path", entry.name), flag: "x")
    }
    return long
      + tarMember(
        name: Array(entry.name.prefix(100)), entry.content,
        flag: Character(UnicodeScalar(entry.flag)))
  } + [UInt8](repeating: 0, count: 1024)
}

/// A header and the content behind it, filled up to whole blocks.
public func tarMember(
  name: [UInt8], _ content: [UInt8], flag: Character, size: [UInt8]? = nil
) -> [UInt8] {
  func octal(_ value: Int, _ width: Int) -> [UInt8] {
    let digits = String(value, radix: 8)
    return Array((String(repeating: "0", count: width - 1 - digits.count) + digits).utf8) + [0]
  }
  func padded(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: width - bytes.count)
  }
  var block = padded(name, 100) + octal(0o644, 8) + octal(0, 8) + octal(0, 8)
  block += size ?? octal(content.count, 12)
  block += octal(0, 12) + [UInt8](repeating: 0x20, count: 8) + [flag.asciiValue ?? 0]
  block += padded([], 100) + Array("ustar\0".utf8) + Array("00".utf8)
  block = mendTarHeader(padded(block, 512))
  return block + padded(content, (content.count + 511) / 512 * 512)
}

/// The header with its checksum made right.
public func mendTarHeader(_ block: [UInt8]) -> [UInt8] {
  var block = block
  block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
  let digits = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
  let sum = String(repeating: "0", count: 6 - digits.count) + digits
  block.replaceSubrange(148..<156, with: Array(sum.utf8) + [0, 0x20])
  return block
}

/// A record of an extended header, whose length counts itself.
public func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
  let rest = Array(" \(key)=".utf8) + value + [0x0a]
  var length = rest.count + 1
  while String(length).utf8.count + rest.count != length { length += 1 }
  return Array(String(length).utf8) + rest
}

/// A PNG file of one grey, which tells one picture of a test from another.
public func greyPNG(_ value: UInt8, rows: Int = 4, columns: Int = 6) -> [UInt8] {
  png(
    columns: columns, colourType: 0,
    rows: Array(repeating: [UInt8](repeating: value, count: columns), count: rows))
}
