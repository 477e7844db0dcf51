import Files

/// One line of JSON: an object; its texts, whole numbers and truth values are taken as text.
struct JSONRow {
  /// What was wanted and found, by key.
  private(set) var values: [String: String] = [:]
  /// All keys, in order.
  private(set) var keys: [String] = []
  private let location: FileLocation

  /// Reads the members called `wanted` of the object in the line at `location`.
  ///
  /// - Parameters:
  ///   - line: the JSON.
  ///   - wanted: the keys.
  ///   - allowsNull: whether null is as good as no member; else it is an error.
  ///   - location: the line, for errors.
  /// - Throws: ``DatasetError`` if it is not an object, or has a member twice, or one of these is a list, an object, a
  ///   fraction or null.
  init(
    _ line: [UInt8], wanted: [String], allowsNull: Bool = false, _ location: FileLocation
  ) throws(DatasetError) {
    self.location = location
    do throws(DatasetError) {
      var scanner = try JSONScanner(line, file: location.file)
      try scanner.beginObject()
      while let key = try scanner.nextKey() {
        guard !keys.contains(key) else { throw scanner.failure("\"\(key)\" appears twice") }
        keys.append(key)
        if wanted.contains(key) {
          values[key] = try Self.text(&scanner, line, allowsNull: allowsNull)
        } else {
          try scanner.skip()
        }
      }
      try scanner.end()
    } catch {
      let isList = line.first == UInt8(ascii: "[")
      throw DatasetError(
        error.code, location,
        "column \((error.offset ?? 0) + 1) of the JSON: \(error.message)"
          + (isList ? " (write one object per line, without a list around them)" : ""))
    }
  }

  private static func text(
    _ scanner: inout JSONScanner, _ line: [UInt8], allowsNull: Bool
  ) throws(DatasetError) -> String? {
    let place = scanner.startOfValue()
    switch place < line.count ? line[place] : 0 {
    case UInt8(ascii: "\""): return try scanner.string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return String(try scanner.boolean())
    case UInt8(ascii: "-"), 0x30...0x39: return String(try scanner.integer())
    case UInt8(ascii: "n") where allowsNull:
      try scanner.skip()
      return nil
    default: throw scanner.failure("a text or a whole number belongs here")
    }
  }

  /// The value of a member that was wanted.
  ///
  /// - Throws: ``DatasetError`` if the object does not have it.
  func text(of key: String) throws(DatasetError) -> String {
    if let value = values[key] { return value }
    if let near = keys.isEmpty ? nil : nearest(to: key, in: keys) {
      throw DatasetError(
        .invalid, location, "has no key '\(key)'; the nearest one is '\(printable(near))'")
    }
    let known =
      keys.isEmpty ? "none" : keys.prefix(12).map { printable($0) }.joined(separator: ", ")
    throw DatasetError(.invalid, location, "has no key '\(key)'; its keys are \(known)")
  }
}
