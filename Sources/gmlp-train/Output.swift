import Foundation

/// Where a command's words go: with `--json` standard output holds one JSON object and nothing else.
struct Output {
  /// Whether a program reads standard output.
  let json: Bool

  /// Says one line to people.
  func say(_ line: String) {
    if json {
      FileHandle.standardError.write(Data("\(line)\n".utf8))
    } else {
      print(line)
    }
  }

  /// Gives the result: `value` as JSON, or `text` to people.
  ///
  /// - Parameters:
  ///   - value: its property names become keys in snake case.
  ///   - text: the same for people.
  /// - Throws: what the output threw.
  func give(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return print(text()) }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
