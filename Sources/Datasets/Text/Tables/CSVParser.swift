/// Takes the lines of one CSV record; a quoted field may have several.
///
/// - Note: Source: RFC 4180, section 2. Ends of lines inside quotes stay what they are.
struct CSVParser {
  /// What is wrong with a record.
  struct Fault: Error {
    let message: String
  }

  private enum State {
    case fieldStart, unquoted, quoted, quoteMet
  }

  private var state = State.fieldStart
  private var done: [String] = []
  private var field: [UInt8] = []
  private var byteCount = 0
  private let longestRecord: Int

  /// A parser of one record.
  ///
  /// - Parameter longestRecord: the bytes after which no further line is taken: a quote that nobody closes would fill
  ///   memory with the rest of the file.
  init(longestRecord: Int = 1 << 24) { self.longestRecord = longestRecord }

  /// The fields of the record, once it is whole.
  var fields: [String] { done }

  /// Takes a line without its line feed.
  ///
  /// - Returns: whether the record is complete; otherwise a quoted field continues in the next line.
  /// - Throws: ``Fault`` for a quote where none may be, and for a record that is too long.
  mutating func take(_ line: [UInt8]) throws(Fault) -> Bool {
    for (place, byte) in line.enumerated() {
      let isLineEnd = byte == 0x0d && place == line.count - 1
      if isLineEnd && state != .quoted { break }
      try take(byte)
    }
    if state == .quoted {
      byteCount += line.count + 1
      guard byteCount <= longestRecord else {
        throw Fault(
          message:
            "a row goes on for more than \(longestRecord) bytes; close the quote that opens in it, or double "
            + "quotes inside a field")
      }
      field.append(0x0a)
      return false
    }
    endField()
    return true
  }

  private mutating func take(_ byte: UInt8) throws(Fault) {
    switch (state, byte) {
    case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
    case (.quoteMet, UInt8(ascii: "\"")):
      // Two quotes are one of the text.
      field.append(byte)
      state = .quoted
    case (.quoted, UInt8(ascii: "\"")): state = .quoteMet
    case (.quoted, _): field.append(byte)
    case (_, UInt8(ascii: ",")): endField()
    case (.unquoted, UInt8(ascii: "\"")):
      throw Fault(
        message:
          "there is a quote inside a field that does not begin with one; put the field between "
          + "quotes and double those inside, or name the file .tsv if it has tabs")
    case (.quoteMet, _):
      throw Fault(
        message:
          "text follows the quote that closes a field; double quotes that are text, or name the "
          + "file .tsv if it has tabs")
    case (.fieldStart, _), (.unquoted, _):
      field.append(byte)
      state = .unquoted
    }
  }

  private mutating func endField() {
    done.append(String(decoding: field, as: UTF8.self))
    field.removeAll(keepingCapacity: true)
    state = .fieldStart
  }
}
