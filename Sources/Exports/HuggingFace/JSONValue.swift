import Configuration

/// A value of JSON, for files whose keys are those of other programs.
enum JSONValue: Codable, Equatable {
  case null
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // A failure says only that the value is of another type; that of the last type is thrown.
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// The member of an object with this name; nil if there is none, or this is no object.
  subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  /// The content of a text; nil if it is something else.
  var string: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// As a value of a configuration; nil where TOML has none.
  var toml: String? {
    switch self {
    case .flag(let flag): return flag.toml
    case .integer(let integer): return integer.toml
    case .number(let number): return number.toml
    case .text(let text): return text.toml
    case .list(let values):
      let elements = values.compactMap(\.toml)
      return elements.count == values.count ? "[\(elements.joined(separator: ", "))]" : nil
    case .null, .object: return nil
    }
  }

  /// A list of integers.
  static func integers(_ values: [Int]) -> JSONValue { .list(values.map { .integer($0) }) }

  /// A list of numbers, as short as they are as floats.
  static func numbers(_ values: [Float]) -> JSONValue {
    .list(values.map { .number(Double("\($0)") ?? Double($0)) })
  }
}
