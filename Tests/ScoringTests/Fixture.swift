import Foundation
import Testing

/// The files that `Fixtures/make_scores.py` made with the official scripts.
enum Fixture {
  /// The text of a file.
  static func text(_ name: String) throws -> String {
    try String(contentsOf: url(name), encoding: .utf8)
  }

  /// A file of JSON.
  static func decode<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
  }

  private static func url(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  }
}

/// Whether two numbers differ by a few roundings at most.
func isNear(_ one: Double, _ other: Double) -> Bool {
  abs(one - other) <= 1e-14 * max(abs(one), abs(other))
}
