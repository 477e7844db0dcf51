import Files

/// Reads JSON from front to back, value by value, and knows the byte of every fault.
///
/// Foundation's decoder does not say where a file is broken. It takes a comma before a closing bracket, and of two
/// equal keys the first, where Python takes the last. Text comes out scalar by scalar as it was written: nothing is
/// normalised, and half a surrogate pair, which is not a character, is an error.
///
/// - Note: Source: RFC 8259.
struct JSONScanner {
  /// Deeper nesting than any format has; keeps a hostile file from filling the stack.
  private static let deepestNesting = 64

  private let bytes: [UInt8]
  private let file: String
  private let isUnpacked: Bool

  /// The next byte to be read.
  private(set) var position: Int

  /// Whether the next member or element has to follow a comma.
  private var isAfterValue = false

  /// A scanner of `bytes`, which are UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: the content of the file; a byte order mark is skipped.
  ///   - file: its path, for errors.
  ///   - isUnpacked: whether the file itself is packed.
  /// - Throws: ``DatasetError`` if the bytes are not UTF-8.
  init(_ bytes: [UInt8], file: String, isUnpacked: Bool = false) throws(DatasetError) {
    self.bytes = bytes
    self.file = file
    self.isUnpacked = isUnpacked
    position = FileKind.byteOrderMarkLength(bytes)
    var validator = UTF8Validator(position: 0)
    if let error = validator.firstError(in: bytes) ?? validator.errorAtEnd {
      throw failure(
        "the text is not UTF-8 here; convert it, for example with iconv -t UTF-8", at: error)
    }
  }

  /// The error of a file that is at fault at the byte `offset`, or where the scanner is.
  func failure(_ message: String, at offset: Int? = nil) -> DatasetError {
    DatasetError(
      .invalid, FileLocation(file, offset: offset ?? position, isUnpacked: isUnpacked), message)
  }

  /// Passes over white space and returns the byte of the value that follows.
  mutating func startOfValue() -> Int {
    while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
    return position
  }

  /// Checks that nothing follows the value that was read.
  mutating func end() throws(DatasetError) {
    _ = startOfValue()
    guard next == nil else { throw failure("more follows the end of the JSON; remove it") }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Goes past `byte`, which has to come next.
  private mutating func pass(_ byte: UInt8, _ wanted: String) throws(DatasetError) {
    _ = startOfValue()
    guard next == byte else { throw failure("\(wanted) belongs here, not \(found)") }
    position += 1
  }

  /// What comes next, for an error.
  private var found: String {
    switch next {
    case nil: "the end of the file; copy or download it again"
    case UInt8(ascii: "{"): "an object"
    case UInt8(ascii: "["): "a list"
    case UInt8(ascii: "\""): "a string"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): "true or false"
    case UInt8(ascii: "n"): "null"
    case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): "a number"
    default:
      "'\(printable(String(String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1))))'"
    }
  }
}

// MARK: - Objects and lists

extension JSONScanner {
  /// Enters an object; ``nextKey()`` walks through it.
  mutating func beginObject() throws(DatasetError) {
    try pass(UInt8(ascii: "{"), "an object")
    isAfterValue = false
  }

  /// The key of the next member, whose value has to be read before the next call; nil at the end of the object.
  mutating func nextKey() throws(DatasetError) -> String? {
    guard try continues(until: UInt8(ascii: "}")) else { return nil }
    let key = try string()
    try pass(UInt8(ascii: ":"), "a colon")
    return key
  }

  /// Enters a list; ``nextElement()`` walks through it.
  mutating func beginArray() throws(DatasetError) {
    try pass(UInt8(ascii: "["), "a list")
    isAfterValue = false
  }

  /// Whether another element follows, which has to be read before the next call.
  mutating func nextElement() throws(DatasetError) -> Bool {
    try continues(until: UInt8(ascii: "]"))
  }

  private mutating func continues(until closing: UInt8) throws(DatasetError) -> Bool {
    _ = startOfValue()
    if isAfterValue && next != closing {
      try pass(UInt8(ascii: ","), "a comma or the end of the object or list")
      _ = startOfValue()
      if next == closing { throw failure("a comma is before the end; remove it") }
    } else if next == closing {
      position += 1
      isAfterValue = true
      return false
    }
    return true
  }

  /// Passes over a value of any kind.
  mutating func skip(depth: Int = 0) throws(DatasetError) {
    guard depth < Self.deepestNesting else {
      throw failure(
        "the JSON is nested more than \(Self.deepestNesting) deep; is it the right file?")
    }
    _ = startOfValue()
    switch next {
    case UInt8(ascii: "{"):
      try beginObject()
      while try nextKey() != nil { try skip(depth: depth + 1) }
    case UInt8(ascii: "["):
      try beginArray()
      while try nextElement() { try skip(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "n"): try word("null")
    default: _ = try number()
    }
  }
}

// MARK: - Single values

extension JSONScanner {
  /// True or false.
  mutating func boolean() throws(DatasetError) -> Bool {
    _ = startOfValue()
    let isTrue = next == UInt8(ascii: "t")
    guard isTrue || next == UInt8(ascii: "f") else {
      throw failure("true or false belongs here, not \(found)")
    }
    try word(isTrue ? "true" : "false")
    return isTrue
  }

  private mutating func word(_ word: StaticString) throws(DatasetError) {
    let letters = Array("\(word)".utf8)
    guard bytes[position...].starts(with: letters) else {
      throw failure("\(word) is misspelt here; correct it")
    }
    position += letters.count
    isAfterValue = true
  }

  /// A whole number without a fraction or an exponent.
  mutating func integer() throws(DatasetError) -> Int {
    let start = startOfValue()
    let digits = try number()
    guard let value = Int(digits) else {
      throw failure("a whole number belongs here, not \(digits.prefix(40))", at: start)
    }
    return value
  }

  /// The text of a number.
  private mutating func number() throws(DatasetError) -> String {
    let start = startOfValue()
    if next == UInt8(ascii: "-") { position += 1 }
    let leadingZero = next == UInt8(ascii: "0")
    var isNumber = try passDigits() == 1 || !leadingZero
    if next == UInt8(ascii: ".") {
      position += 1
      isNumber = try passDigits() > 0 && isNumber
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      isNumber = try passDigits() > 0 && isNumber
    }
    guard isNumber else { throw failure("a number has a needless zero; remove it", at: start) }
    isAfterValue = true
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Passes over one or more digits, and returns their number.
  private mutating func passDigits() throws(DatasetError) -> Int {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw failure("a number belongs here, not \(found)") }
    return position - start
  }

  /// A string, scalar by scalar as it was written.
  mutating func string() throws(DatasetError) -> String {
    try pass(UInt8(ascii: "\""), "a string")
    isAfterValue = true
    var start = position
    var text = ""
    while let byte = next {
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 else {
        position += 1
        continue
      }
      guard byte >= 0x20 else {
        throw failure("a control character is in a string; write it as \\n, \\t or \\u00XX")
      }
      // Bytes of UTF-8 as they are: appended text does not change what is there already.
      text += String(decoding: bytes[start..<position], as: UTF8.self)
      position += 1
      if byte == UInt8(ascii: "\"") { return text }
      text.unicodeScalars.append(try escapedScalar())
      start = position
    }
    throw failure("a string has no end; copy or download the file again", at: start - 1)
  }

  /// The scalar that an escape means; the position is after its backslash.
  private mutating func escapedScalar() throws(DatasetError) -> Unicode.Scalar {
    let start = position - 1
    guard let letter = next else { throw failure("a string has no end; copy the file again") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw failure("a backslash and this character are not an escape", at: start)
    }
    let unit = try hexadecimal(from: start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if unit < 0xdc00, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
      position += 2
      let second = try hexadecimal(from: start)
      if (0xdc00...0xdfff).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (second - 0xdc00))
      {
        return scalar
      }
    }
    throw failure("half a surrogate pair is not a character; correct the string", at: start)
  }

  /// Four hexadecimal digits of an escape that begins at `start`.
  private mutating func hexadecimal(from start: Int) throws(DatasetError) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else {
      throw failure("\\u needs four hexadecimal digits; correct the string", at: start)
    }
    position += 4
    return value
  }
}
