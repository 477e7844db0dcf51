package import TOMLKit

/// A type that a key of the configuration can hold.
package protocol SettingValue: Sendable, Equatable {
  /// What the value is called in messages: "an integer".
  static var kind: String { get }
  /// The value as it is written in a file.
  var toml: String { get }
  /// Reads a value; nil if it is of another type or out of range.
  init?(toml value: any TOMLValueConvertible)
}

extension Int: SettingValue {
  package static var kind: String { "an integer" }
  package var toml: String { String(self) }
  package init?(toml value: any TOMLValueConvertible) {
    guard value.type == .int, let int = value.int else { return nil }
    self = int
  }
}

extension UInt64: SettingValue {
  package static var kind: String { "an integer of at least 0" }
  package var toml: String { String(self) }
  package init?(toml value: any TOMLValueConvertible) {
    guard value.type == .int, let int = value.int else { return nil }
    self.init(exactly: int)
  }
}

extension Double: SettingValue {
  package static var kind: String { "a finite number, as 0.1" }
  package var toml: String { String(self) }
  package init?(toml value: any TOMLValueConvertible) {
    if let int = Int(toml: value) {
      self = Double(int)
    } else if value.type == .double, let double = value.double, double.isFinite {
      // -0.0 means the same, and would give a run another identity.
      self = double == 0 ? 0 : double
    } else {
      return nil
    }
  }
}

extension Bool: SettingValue {
  package static var kind: String { "true or false" }
  package var toml: String { String(self) }
  package init?(toml value: any TOMLValueConvertible) {
    guard value.type == .bool, let bool = value.bool else { return nil }
    self = bool
  }
}

extension String: SettingValue {
  package static var kind: String { "a string" }
  package var toml: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
  package init?(toml value: any TOMLValueConvertible) {
    guard value.type == .string, let string = value.string else { return nil }
    self = string
  }
}

extension Array: SettingValue where Element: SettingValue {
  package static var kind: String { "a list, each element \(Element.kind)" }
  package var toml: String { "[" + map(\.toml).joined(separator: ", ") + "]" }
  package init?(toml value: any TOMLValueConvertible) {
    guard value.type == .array, let array = value.array else { return nil }
    self = []
    for index in 0..<array.count {
      guard let element = Element(toml: array[index]) else { return nil }
      append(element)
    }
  }
}

/// An enumeration is written as the name of its case.
package protocol NamedSetting: SettingValue, CaseIterable, RawRepresentable
where RawValue == String {}

extension NamedSetting {
  package static var kind: String {
    "one of " + allCases.map(\.rawValue.toml).joined(separator: ", ")
  }
  package var toml: String { rawValue.toml }
  package init?(toml value: any TOMLValueConvertible) {
    guard let name = String(toml: value) else { return nil }
    self.init(rawValue: name)
  }
}
