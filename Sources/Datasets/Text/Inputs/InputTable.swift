import Files

/// The rows of a table whose first line names its columns; a row that cannot be used is a fault of that row alone.
final class InputTable {
  private let lines: InputLines
  private let format: TableFormat
  private let fields: TextInputFields
  private let header: [String]

  /// A table in `format` whose header is the next line that is not blank.
  ///
  /// - Throws: ``DatasetError`` if the header lacks a column.
  init(
    _ lines: InputLines, _ format: TableFormat, _ fields: TextInputFields
  ) throws(DatasetError) {
    self.lines = lines
    self.format = format
    self.fields = fields
    var first: Row?
    while first == nil, let line = try lines.next() { first = try Self.row(line, lines, format) }
    guard let first else {
      throw DatasetError(.invalid, FileLocation(lines.name), "the table has only blank lines")
    }
    header = try first.fields.get()
    try requireColumns(FileLocation(lines.name, line: first.line))
  }

  /// A table of tab-separated values whose header is `line` with this number, which was just read.
  ///
  /// - Returns: nil if the line is a text and no header: it has one field, or none of the names.
  /// - Throws: ``DatasetError`` if the header lacks another column.
  init?(
    _ lines: InputLines, header line: [UInt8], _ number: Int, _ fields: TextInputFields
  ) throws(DatasetError) {
    self.lines = lines
    format = .tsv
    self.fields = fields
    header = Self.tabSeparated(line)
    guard header.count > 1, fields.isFound(in: header) else { return nil }
    try requireColumns(FileLocation(lines.name, line: number))
  }

  private func requireColumns(_ location: FileLocation) throws(DatasetError) {
    for (place, name) in header.enumerated()
    where fields.names.contains(name) && header[..<place].contains(name) {
      throw DatasetError(
        .invalid, location, "several columns are called '\(name)'; give each its own name")
    }
    let values = Dictionary(header.map { ($0, "") }, uniquingKeysWith: { first, _ in first })
    _ = try fields.content(values, of: header, called: "column", location)
  }

  /// The next row, or none for a blank line; nil at the end.
  ///
  /// - Throws: ``DatasetError`` if nothing more can be read.
  func next() throws(DatasetError) -> [TextInput]? {
    guard let line = try lines.next() else { return nil }
    guard let row = try Self.row(line, lines, format) else { return [] }
    let location = FileLocation(lines.name, line: row.line)
    do throws(DatasetError) {
      let found = try row.fields.get()
      guard found.count == header.count else {
        throw DatasetError(
          .invalid, location,
          "has \(counted(found.count, "field")) but the first line has \(header.count)")
      }
      let values = Dictionary(zip(header, found), uniquingKeysWith: { first, _ in first })
      let content = try fields.content(values, of: header, called: "column", location)
      let id = TextInputFields.ids.lazy.compactMap { values[$0] }.first
      return [TextInput(content, id: id, file: lines.name, line: row.line, location)]
    } catch {
      return [TextInput(file: lines.name, line: row.line, id: nil, content: .failure(error))]
    }
  }

  /// The fields of a row, and the line at which it begins.
  private typealias Row = (line: Int, fields: Result<[String], DatasetError>)

  /// The row that begins with `line`; nil for a blank line.
  private static func row(
    _ line: InputLines.Line, _ lines: InputLines, _ format: TableFormat
  ) throws(DatasetError) -> Row? {
    if !line.isTooLong && line.bytes.allSatisfy({ [0x20, 0x0d].contains($0) }) { return nil }
    if format == .csv { return (line.number, try commaSeparated(line, lines)) }
    let fields = Result { () throws(DatasetError) in tabSeparated(try lines.text(of: line)) }
    return (line.number, fields)
  }

  private static func tabSeparated(_ line: [UInt8]) -> [String] {
    let content = line.last == 0x0d ? line.dropLast() : line[...]
    return content.split(separator: 0x09, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The fields of the record that begins with `first` and may go on in the next lines.
  private static func commaSeparated(
    _ first: InputLines.Line, _ lines: InputLines
  ) throws(DatasetError) -> Result<[String], DatasetError> {
    var parser = CSVParser()
    var line = first
    while true {
      let location = FileLocation(lines.name, line: line.number)
      let text = Result { () throws(DatasetError) in try lines.text(of: line) }
      guard case .success(let bytes) = text else { return text.map { _ in [] } }
      do {
        if try parser.take(bytes) { return .success(parser.fields) }
      } catch {
        return .failure(DatasetError(.invalid, location, error.message))
      }
      guard let more = try lines.next() else {
        return .failure(
          DatasetError(
            .invalid, FileLocation(lines.name, line: first.number),
            "a quote that opens in this row is never closed; close it, or double quotes inside a field"
          ))
      }
      line = more
    }
  }
}
