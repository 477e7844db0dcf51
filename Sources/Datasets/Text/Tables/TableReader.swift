import Files

/// The rows of a table in constant memory; blank lines are none.
final class TableReader {
  private let path: String
  private let columns: TableColumns
  private let format: TableFormat
  private let lines: LineReader
  private var lineNumber = 0

  /// For label, text, pair and group the place in a row; nil for JSON, where each row has keys.
  private var places: [Int?] = []
  private var fieldCount = 0

  /// Longer lines are not those of a table.
  private static let longestLine = 1 << 24

  /// Opens the file at `path` and reads its header.
  ///
  /// - Throws: ``DatasetError`` if the file is not a table or a column is missing.
  init(_ path: String, columns: TableColumns) throws(DatasetError) {
    self.path = path
    self.columns = columns
    lines = try LineReader(path, longestLine: Self.longestLine)
    if lines.isEmpty {
      throw DatasetError(
        .invalid, FileLocation(path), "the file is empty; leave it out or copy it again")
    }
    format = try TableFormat(of: path)
    if format == .jsonl { return }
    guard let first = try nextFields() else {
      throw DatasetError(.invalid, FileLocation(path), "the table has only blank lines")
    }
    fieldCount = first.fields.count
    if columns.hasHeader {
      for name in wanted {
        places.append(
          try name.map { name throws(DatasetError) in try find(name, in: first.fields) })
      }
    } else {
      for name in wanted {
        places.append(try name.map { name throws(DatasetError) in try number(name) })
      }
      pending = first
    }
  }

  private var pending: (line: Int, fields: [String])?

  private var wanted: [String?] { [columns.label, columns.text, columns.pair, columns.group] }

  /// The next row, nil at the end.
  ///
  /// - Throws: ``DatasetError`` that names the line.
  func next() throws(DatasetError) -> LabelledRow? {
    if format == .jsonl { return try nextObject() }
    let taken = pending
    pending = nil
    let row = if let taken { taken } else { try nextFields() }
    guard let (line, fields) = row else { return nil }
    guard fields.count == fieldCount else {
      throw DatasetError(.invalid, FileLocation(path, line: line), raggedMessage(fields.count))
    }
    return LabelledRow(
      line: line, label: places[0].map { fields[$0] } ?? "",
      text: places[1].map { fields[$0] } ?? "",
      pair: places[2].map { fields[$0] }, group: places[3].map { fields[$0] })
  }

  private func raggedMessage(_ count: Int) -> String {
    let found = "has \(counted(count, "field")) but the first line has \(fieldCount)"
    switch format {
    case .tsv:
      return
        "\(found); quotes mean nothing in TSV: if the file was written with them, name it .csv, or "
        + "write it again without tabs and ends of lines inside a field"
    case .csv, .jsonl:
      return "\(found); put a field that has commas between quotes"
    }
  }

  private func find(_ name: String, in header: [String]) throws(DatasetError) -> Int {
    let found = header.indices.filter { header[$0].utf8.elementsEqual(name.utf8) }
    if found.count == 1 { return found[0] }
    let location = FileLocation(path, line: lineNumber)
    guard found.isEmpty else {
      throw DatasetError(
        .invalid, location, "\(found.count) columns are called '\(name)'; give each its own name")
    }
    throw DatasetError(.invalid, location, "has no column '\(name)'; \(Self.hint(name, header))")
  }

  /// The advice if a column is missing.
  private static func hint(_ name: String, _ header: [String]) -> String {
    if header.count == 1, let only = header.first, only.contains(",") || only.contains("\t") {
      return "the line has only one field: does the file have the right extension, .tsv or .csv?"
    }
    if let near = nearest(to: name, in: header) { return "the nearest one is '\(printable(near))'" }
    let shown = header.prefix(12).map { printable($0.count > 40 ? "\($0.prefix(40))…" : $0) }
    return "it has \(shown.joined(separator: ", ")); name one of them, or give --no-header"
  }

  private func number(_ name: String) throws(DatasetError) -> Int {
    if let number = Int(name), 1...fieldCount ~= number { return number - 1 }
    throw DatasetError(
      .invalid, FileLocation(path, line: lineNumber),
      "without a header columns are numbers from 1 to \(fieldCount), and '\(name)' is not one of them"
    )
  }

  /// The next line that is not blank.
  private func nextLine() throws(DatasetError) -> [UInt8]? {
    while let line = try anyLine() {
      if line.contains(where: { $0 != 0x20 && $0 != 0x0d }) { return line }
    }
    return nil
  }

  private func anyLine() throws(DatasetError) -> [UInt8]? {
    guard let line = try lines.next() else { return nil }
    lineNumber += 1
    if lines.isCut {
      throw DatasetError(
        .invalid, FileLocation(path, line: lineNumber),
        "the line is longer than \(Self.longestLine) bytes; is this a table with one row per line?")
    }
    if line.contains(0) {
      throw DatasetError(
        .invalid, FileLocation(path, line: lineNumber),
        "there is a zero byte, which text never has: the file is binary or UTF-16; convert it to UTF-8"
      )
    }
    return line
  }

  private func nextFields() throws(DatasetError) -> (line: Int, fields: [String])? {
    guard var line = try nextLine() else { return nil }
    let start = lineNumber
    if format == .csv {
      var parser = CSVParser()
      while true {
        do {
          if try parser.take(line) { return (start, parser.fields) }
        } catch {
          throw DatasetError(.invalid, FileLocation(path, line: lineNumber), error.message)
        }
        guard let more = try anyLine() else {
          throw DatasetError(
            .invalid, FileLocation(path, line: start),
            "a quote that opens in this row is never closed; close it, or double quotes inside a field"
          )
        }
        line = more
      }
    }
    if line.last == 0x0d { line.removeLast() }
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
    return (start, fields.map { String(decoding: $0, as: UTF8.self) })
  }

  private func nextObject() throws(DatasetError) -> LabelledRow? {
    guard let line = try nextLine() else { return nil }
    let location = FileLocation(path, line: lineNumber)
    let object = try JSONRow(line, wanted: wanted.compactMap { $0 }, location)
    var fields: [String?] = []
    for name in wanted {
      fields.append(try name.map { name throws(DatasetError) in try object.text(of: name) })
    }
    return LabelledRow(
      line: lineNumber, label: fields[0] ?? "", text: fields[1] ?? "", pair: fields[2],
      group: fields[3])
  }
}
