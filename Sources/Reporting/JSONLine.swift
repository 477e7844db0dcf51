public import Foundation

/// One JSON object on one line whose keys stay in the order in which they were added.
package struct JSONLine: Sendable {
  private var members: [String] = []

  /// An object that begins with `"event": event`.
  package init(event: String) {
    add("event", event)
  }

  /// Adds a string.
  package mutating func add(_ key: String, _ value: String) {
    members.append("\(Self.quoted(key)):\(Self.quoted(value))")
  }

  /// Adds true or false.
  package mutating func add(_ key: String, _ value: Bool) {
    members.append("\(Self.quoted(key)):\(value)")
  }

  /// Adds an integer.
  package mutating func add(_ key: String, _ value: Int) {
    members.append("\(Self.quoted(key)):\(value)")
  }

  /// Adds a number in the fewest digits that give its bits again; what is not finite becomes null.
  package mutating func add(_ key: String, _ value: Double) {
    members.append("\(Self.quoted(key)):\(value.isFinite ? "\(value)" : "null")")
  }

  /// Adds a list of strings.
  package mutating func add(_ key: String, _ values: [String]) {
    let list = values.map(Self.quoted).joined(separator: ",")
    members.append("\(Self.quoted(key)):[\(list)]")
  }

  /// Adds a list of integers.
  package mutating func add(_ key: String, _ values: [Int]) {
    members.append("\(Self.quoted(key)):[\(values.map(String.init).joined(separator: ","))]")
  }

  /// Adds null.
  package mutating func addNull(_ key: String) {
    members.append("\(Self.quoted(key)):null")
  }

  /// The object as text, without the end of the line.
  package var text: String { "{" + members.joined(separator: ",") + "}" }

  /// `text` as JSON has it, with its quotes.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// JSON for programs, in which a number that is not finite is null.
///
/// Every object that the program prints or writes passes through here or is a ``JSONLine``: JSON has no
/// infinity, and a result must not be lost because one of its numbers is infinite.
public enum JSONText {
  /// The text of `value` in UTF-8, its keys sorted.
  ///
  /// - Parameters:
  ///   - value: anything but a single number.
  ///   - naming: how property names become keys.
  ///   - isPretty: whether it is written over several lines.
  /// - Throws: `EncodingError` where `value` throws one.
  /// - Returns: the text.
  public static func encode(
    _ value: some Encodable, naming: JSONEncoder.KeyEncodingStrategy = .convertToSnakeCase,
    isPretty: Bool = false
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = naming
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    // The encoder can write such a number as a string only. No other value has this string.
    let mark = UUID().uuidString
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: mark, negativeInfinity: mark, nan: mark)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    return Data(text.replacing("\"\(mark)\"", with: "null").utf8)
  }
}
