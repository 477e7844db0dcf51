/// Turns lines of text into tokens; one for each thread.
public protocol TextEncoder {
  /// Appends the tokens of one line.
  ///
  /// - Parameters:
  ///   - line: valid UTF-8.
  ///   - tokens: receives numbers of pieces; special tokens other than the unknown one never arise,
  ///     even where the line spells one out.
  /// - Throws: ``DatasetError`` if memory runs out.
  mutating func encode(_ line: [UInt8], into tokens: inout [Int32]) throws(DatasetError)
}

extension TextEncoder {
  /// The tokens of one line.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  public mutating func encode(_ line: String) throws(DatasetError) -> [Int32] {
    var tokens: [Int32] = []
    try encode(Array(line.utf8), into: &tokens)
    return tokens
  }
}
