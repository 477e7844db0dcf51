/// Reads the one shape of JSON that a safetensors header may have.
///
/// A general parser would silently keep one of two equal keys, follow any nesting, and
/// convert numbers to floating point. This one has no recursion, and whatever the format does not
/// allow is an error with its place in the file.
struct HeaderScanner {
  /// More dimensions than any tensor has; keeps a hostile shape from filling memory.
  private static let maximumDimensions = 64

  private let bytes: [UInt8]
  private let path: String
  private var position = 0

  /// Scans the JSON `bytes`, which follow the first 8 bytes of the file `path`.
  init(_ bytes: [UInt8], of path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// The whole header: tensors in the order of their data, and the metadata.
  mutating func header() throws(CheckpointError) -> ([SafeTensor], [String: String]) {
    guard bytes.first == UInt8(ascii: "{") else { throw failure("the header is not a JSON object") }
    var tensors: [SafeTensor] = []
    var names: Set<String> = []
    var metadata: [String: String] = [:]
    try object { scanner, name throws(CheckpointError) in
      guard names.insert(name).inserted else {
        throw scanner.failure("the name \(CheckpointError.printable(name)) appears twice")
      }
      if name == SafeTensorsHeader.metadataKey {
        metadata = try scanner.strings()
      } else {
        tensors.append(try scanner.tensor(name))
      }
    }
    skipSpace()
    guard position == bytes.count else { throw failure("text after the end of the header") }
    tensors.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    return (tensors, metadata)
  }

  private mutating func strings() throws(CheckpointError) -> [String: String] {
    var result: [String: String] = [:]
    try object { scanner, key throws(CheckpointError) in
      guard result.updateValue(try scanner.string(), forKey: key) == nil else {
        throw scanner.failure("the metadata key \(CheckpointError.printable(key)) appears twice")
      }
    }
    return result
  }

  private mutating func tensor(_ name: String) throws(CheckpointError) -> SafeTensor {
    var type: String?
    var shape: [Int]?
    var range: Range<Int>?
    try object { scanner, key throws(CheckpointError) in
      switch key {
      case "dtype" where type == nil: type = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.integers()
      case "data_offsets" where range == nil: range = try scanner.range()
      default:
        throw scanner.failure("key \(CheckpointError.printable(key)) is unknown or appears twice")
      }
    }
    guard let type, let shape, let range else {
      throw failure("tensor \(CheckpointError.printable(name)) lacks dtype, shape or data_offsets")
    }
    return SafeTensor(name: name, typeName: type, shape: shape, bytes: range)
  }

  private mutating func range() throws(CheckpointError) -> Range<Int> {
    let offsets = try integers()
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw failure("data_offsets are not a rising pair")
    }
    return offsets[0]..<offsets[1]
  }
}

extension HeaderScanner {
  /// Reads `{"key": value, …}`; `member` reads each value.
  private mutating func object(
    _ member: (inout HeaderScanner, String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try expect("{")
    if consume("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while consume(",")
    try expect("}")
  }

  private mutating func integers() throws(CheckpointError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if consume("]") { return result }
    repeat {
      guard result.count < Self.maximumDimensions else { throw failure("too many dimensions") }
      result.append(try integer())
    } while consume(",")
    try expect("]")
    return result
  }

  private mutating func integer() throws(CheckpointError) -> Int {
    skipSpace()
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    let digits = bytes[start..<position]
    let leadingZero = digits.count > 1 && digits.first == UInt8(ascii: "0")
    guard !leadingZero, let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw failure("no whole number from 0 to 2⁶³ − 1")
    }
    return value
  }

  private mutating func string() throws(CheckpointError) -> String {
    try expect("\"")
    var units: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw failure("a control character in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        units.append(contentsOf: try escape().utf8)
      } else {
        units.append(byte)
      }
    }
    guard current != nil else { throw failure("a string without end") }
    position += 1
    guard let text = String(validating: units, as: UTF8.self) else {
      throw failure("a string that is not UTF-8")
    }
    return text
  }

  /// Reads what follows a backslash.
  private mutating func escape() throws(CheckpointError) -> String {
    guard let byte = current else { throw failure("a string without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(CheckpointError) -> String {
    var units = [try hexadecimalUnit()]
    let isLeading = UTF16.isLeadSurrogate(units[0])
    if isLeading, bytes[position...].starts(with: Array("\\u".utf8)) {
      position += 2
      units.append(try hexadecimalUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw failure("half a surrogate pair in a string")
    }
    return text
  }

  private mutating func hexadecimalUnit() throws(CheckpointError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("an escape without four hexadecimal digits") }
    position += 4
    return unit
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  /// Skips white space, and `token` if it is what follows.
  private mutating func consume(_ token: UnicodeScalar) -> Bool {
    skipSpace()
    guard current == UInt8(ascii: token) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ token: UnicodeScalar) throws(CheckpointError) {
    guard consume(token) else { throw failure("the header lacks a \(token) here") }
  }

  private func failure(_ message: String) -> CheckpointError {
    .damaged(path, at: 8 + position, message)
  }
}
