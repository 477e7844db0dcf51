/// How the rows of a file of labelled text are written.
public enum TableFormat: String, Sendable, Codable, CaseIterable {
  /// Fields between tabs; a quotation mark is text like any other.
  case tsv
  /// Fields between commas, those with commas, quotes or ends of lines between quotes.
  ///
  /// - Note: Source: RFC 4180.
  case csv
  /// A JSON object a line.
  case jsonl

  /// The format of the file at `path` by the ending of its name, before `.gz` or `.xz`; else by its first line.
  ///
  /// - Throws: ``DatasetError`` if neither shows it.
  init(of path: String) throws(DatasetError) {
    if let named = TableFormat(endingOf: path) {
      self = named
      return
    }
    let line = try LineReader(path).next() ?? []
    if line.first == UInt8(ascii: "{") {
      self = .jsonl
    } else if line.contains(UInt8(ascii: "\t")) {
      self = .tsv
    } else if line.contains(UInt8(ascii: ",")) {
      self = .csv
    } else {
      throw DatasetError(
        .invalid, FileLocation(path, line: 1),
        "neither its name nor its first line shows the format of the table; name it .tsv, .csv or .jsonl"
      )
    }
  }

  /// The format by the extension of a name, ignoring `.gz` and `.xz`; nil if it is unknown.
  init?(endingOf path: String) {
    var name = path.lowercased()
    for packing in [".gz", ".xz"] where name.hasSuffix(packing) {
      name.removeLast(packing.count)
    }
    guard let found = Self.endings.first(where: { name.hasSuffix($0.0) }) else { return nil }
    self = found.1
  }

  private static let endings: [(String, TableFormat)] = [
    (".tsv", .tsv), (".csv", .csv), (".jsonl", .jsonl), (".ndjson", .jsonl), (".json", .jsonl),
  ]
}

/// The columns of a table that are wanted.
public struct TableColumns: Sendable, Equatable {
  /// The class of the row.
  public var label: String

  /// The first text.
  public var text: String

  /// The second text of a pair.
  public var pair: String?

  /// What rows have in common that are to be held out together.
  public var group: String?

  /// Whether the first row has the names of the columns.
  ///
  /// Else they are called 1, 2, …; keys of JSON always have their own names.
  public var hasHeader: Bool

  /// Columns by their names, or their numbers from 1 on where there is no header.
  public init(
    label: String, text: String, pair: String? = nil, group: String? = nil, hasHeader: Bool = true
  ) {
    self.label = label
    self.text = text
    self.pair = pair
    self.group = group
    self.hasHeader = hasHeader
  }
}

/// One row of a table: the columns that are wanted.
struct LabelledRow: Sendable, Equatable {
  /// The line at which the row begins, from 1.
  let line: Int
  let label: String
  let text: String
  let pair: String?
  let group: String?
}
