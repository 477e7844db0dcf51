import Foundation

/// One JSON object on one line whose keys stay in the order in which they were added.
package struct JSONLine: Sendable {
  private var members: [String] = []

  /// An object that begins with `"event": event`.
  init(event: String) {
    add("event", event)
  }

  /// Adds a string.
  mutating func add(_ key: String, _ value: String) {
    members.append("\(Self.quoted(key)):\(Self.quoted(value))")
  }

  /// Adds true or false.
  mutating func add(_ key: String, _ value: Bool) {
    members.append("\(Self.quoted(key)):\(value)")
  }

  /// Adds an integer.
  mutating func add(_ key: String, _ value: Int) {
    members.append("\(Self.quoted(key)):\(value)")
  }

  /// Adds a number in the fewest digits that give its bits again; what is not finite becomes null.
  mutating func add(_ key: String, _ value: Double) {
    members.append("\(Self.quoted(key)):\(value.isFinite ? "\(value)" : "null")")
  }

  /// Adds a list of strings.
  mutating func add(_ key: String, _ values: [String]) {
    let list = values.map(Self.quoted).joined(separator: ",")
    members.append("\(Self.quoted(key)):[\(list)]")
  }

  /// Adds a list of integers.
  mutating func add(_ key: String, _ values: [Int]) {
    members.append("\(Self.quoted(key)):[\(values.map(String.init).joined(separator: ","))]")
  }

  /// Adds null.
  mutating func addNull(_ key: String) {
    members.append("\(Self.quoted(key)):null")
  }

  /// The object as text, without the end of the line.
  var text: String { "{" + members.joined(separator: ",") + "}" }

  private static func quoted(_ text: String) -> String {
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
