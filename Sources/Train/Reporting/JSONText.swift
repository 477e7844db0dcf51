public import Foundation

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
    // The encoder can write such a number as a string only. This string is no other value's.
    let mark = UUID().uuidString
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: mark, negativeInfinity: mark, nan: mark)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    return Data(text.replacing("\"\(mark)\"", with: "null").utf8)
  }
}
