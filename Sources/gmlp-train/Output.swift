import Foundation
import Train

/// Where a command's words go: with `--json` standard output holds one JSON object, nothing else.
struct Output: Sendable {
  /// Whether a program reads standard output.
  let json: Bool

  /// Says one line to people.
  func say(_ line: String) {
    write("\(line)\n")
  }

  /// Writes `text` to people as it is.
  func write(_ text: String) {
    guard json else {
      print(text, terminator: "")
      // What takes long is to be seen while it does.
      fflush(nil)
      return
    }
    do {
      try FileHandle.standardError.write(contentsOf: Data(text.utf8))
    } catch {
      // Nobody is left to whom a failure could be told.
    }
  }

  /// Gives the result: `value` as JSON, or `text` to people.
  ///
  /// - Parameters:
  ///   - value: its property names become keys in snake case; numbers that are not finite become null.
  ///   - text: the same for people.
  /// - Throws: `EncodingError`.
  func give(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return print(text()) }
    print(String(decoding: try JSONText.encode(value), as: UTF8.self))
  }
}
