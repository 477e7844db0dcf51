/// A value of JSON, for files whose keys are those of other programs.
enum JSONValue: Encodable, Equatable {
  case null
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

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

  /// A list of integers.
  static func integers(_ values: [Int]) -> JSONValue { .list(values.map { .integer($0) }) }

  /// A list of numbers, as short as they are as floats.
  static func numbers(_ values: [Float]) -> JSONValue {
    .list(values.map { .number(Double("\($0)") ?? Double($0)) })
  }
}
