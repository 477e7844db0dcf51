import Files
import Foundation
import Train

/// Where a command's words go: with `--json` standard output holds one JSON object, nothing else.
struct Output: Sendable {
  /// Whether a program reads standard output.
  let json: Bool

  /// Says one line to people, beside the result.
  func say(_ line: String) {
    write("\(line)\n")
  }

  /// Writes `text` to people as it is, beside the result.
  func write(_ text: String) {
    if json { StandardError.writeText(text) } else { StandardOutput.say(text) }
  }

  /// Gives a line of the result.
  ///
  /// - Throws: `OutputError`.
  func line(_ text: String) throws {
    try StandardOutput.write("\(text)\n")
  }

  /// Gives the result: `value` as JSON, or `text` to people.
  ///
  /// - Parameters:
  ///   - value: its property names become keys in snake case; numbers that are not finite become null.
  ///   - text: the same for people.
  /// - Throws: `EncodingError`, `OutputError`.
  func give(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return try line(text()) }
    try line(String(decoding: try JSONText.encode(value), as: UTF8.self))
  }
}
