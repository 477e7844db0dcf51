import TestSupport
import Testing

@testable import Datasets

@Suite("Tables of labelled text")
struct TableReaderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func rows(_ path: String, _ columns: TableColumns = Self.columns) throws -> [LabelledRow]
  {
    let reader = try TableReader(path, columns: columns)
    var rows: [LabelledRow] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  private static let columns = TableColumns(label: "label", text: "a", pair: "b")

  private func row(_ line: Int, _ label: String, _ text: String, _ pair: String) -> LabelledRow {
    LabelledRow(line: line, label: label, text: text, pair: pair, group: nil)
  }

  @Test("TSV: quotes are text, either end of a line, a byte order mark, blank lines, gzip and xz")
  func tsv() throws {
    let text = "\u{feff}label\ta\tb\r\n0\t\"one\tt\"wo\r\n\r\n1\t\tx \n"
    let expected = [row(2, "0", "\"one", "t\"wo"), row(4, "1", "", "x ")]
    let plain = try folder.write(text, to: "t.tsv")
    #expect(try rows(plain) == expected)
    let gzipped = try folder.write(gzip(Array(text.utf8)), to: "t.tsv.gz")
    #expect(try rows(gzipped) == expected)
    let packed = try folder.write(TextFixture.xz(Array(text.utf8)), to: "unnamed")
    #expect(try rows(packed) == expected, "the first line tells the format")
  }

  @Test("CSV: commas, quotes and ends of lines between quotes")
  func csv() throws {
    let text =
      "b,label,\"a\"\r\n\"x, y\",1,\"say \"\"no\"\"\"\r\n\"two\r\nlines\n\n\",0,\r\nlast,1,\"\"\n"
    let file = try folder.write(text, to: "t.csv")
    #expect(
      try rows(file) == [
        row(2, "1", "say \"no\"", "x, y"), row(3, "0", "", "two\r\nlines\n\n"),
        row(7, "1", "", "last"),
      ])
  }

  @Test("JSON lines: texts, numbers and truth values, other members skipped")
  func jsonLines() throws {
    let text = """
      {"label": 1, "a": "x\\ty\\n", "b": "\\ud83d\\ude00", "more": [{"a": 1}, null]}

      {"b": "", "a": "é", "label": "yes", "x": 1.5}
      {"b": "", "a": "é", "label": true}
      """
    let file = try folder.write(text, to: "t.jsonl")
    #expect(
      try rows(file) == [
        row(1, "1", "x\ty\n", "\u{1f600}"), row(3, "yes", "é", ""), row(4, "true", "é", ""),
      ])
  }

  @Test("Columns by number, and a group")
  func numbers() throws {
    let file = try folder.write("p\t1\tq\nr\t0\ts\n", to: "t.tsv")
    let columns = TableColumns(label: "2", text: "1", pair: "3", group: "1", hasHeader: false)
    #expect(
      try rows(file, columns) == [
        LabelledRow(line: 1, label: "1", text: "p", pair: "q", group: "p"),
        LabelledRow(line: 2, label: "0", text: "r", pair: "s", group: "r"),
      ])
    for wrong in ["0", "4", "a"] {
      expectError(.invalid, file, mentions: "line 1", "1 to 3", wrong) {
        _ = try rows(file, TableColumns(label: "2", text: wrong, hasHeader: false))
      }
    }
  }

  @Test("A column that is not there, and a line with other fields, are named")
  func faults() throws {
    let wrong = try folder.write("lable\ta\tb\n", to: "wrong.tsv")
    expectError(.invalid, wrong, mentions: "line 1", "'label'", "nearest one is 'lable'") {
      _ = try rows(wrong)
    }
    let twice = try folder.write("label\ta\ta\tb\n", to: "twice.tsv")
    expectError(.invalid, twice, mentions: "2 columns are called 'a'") { _ = try rows(twice) }
    let commas = try folder.write("label,a,b\n", to: "commas.tsv")
    expectError(.invalid, commas, mentions: "only one field", ".csv") { _ = try rows(commas) }
    let ragged = try folder.write("label\ta\tb\n1\tx\ty\n1\t\"x\ny\"\tz\n", to: "ragged.tsv")
    expectError(.invalid, ragged, mentions: "line 3", "2 fields", "quotes mean nothing in TSV") {
      _ = try rows(ragged)
    }
    let commaFile = try folder.write("label,a,b\n1,x,y,z\n", to: "ragged.csv")
    expectError(.invalid, commaFile, mentions: "line 2", "4 fields", "between quotes") {
      _ = try rows(commaFile)
    }
  }

  @Test("Quotes that CSV does not allow are named")
  func quotes() throws {
    for (line, word) in [
      ("1,x\"y,z", "inside a field"), ("1,\"x\"y,z", "follows the quote"),
      ("1,\"x,z", "never closed"),
    ] {
      let file = try folder.write("label,a,b\n\(line)\n", to: "q.csv")
      expectError(.invalid, file, mentions: "line 2", word) { _ = try rows(file) }
    }
  }

  @Test("A quote that nobody closes does not take the rest of a large file into memory")
  func endlessRow() throws {
    var parser = CSVParser(longestRecord: 40)
    for line in ["1,\"0123456789", "0123456789"] {
      let isWhole = try parser.take(Array(line.utf8))
      #expect(!isWhole)
    }
    let error = #expect(throws: CSVParser.Fault.self) {
      _ = try parser.take(Array("0123456789abcdef".utf8))
    }
    #expect(error?.message.contains("more than 40 bytes") == true)
    var closed = CSVParser(longestRecord: 40)
    let isWhole = try closed.take(Array("\"0123456789012345678901234567890123456789\"".utf8))
    #expect(isWhole && closed.fields.map(\.count) == [40])
  }

  @Test("JSON that is not an object, or lacks a key, is named")
  func badJSON() throws {
    for (line, word) in [
      ("[{\"label\": 1}]", "without a list"), ("{\"label\": 1, \"a\": \"x\"}", "no key 'b'"),
      ("{\"label\": 1, \"a\": [\"x\"], \"b\": \"\"}", "a text or a whole number"),
      ("{\"label\": 1.5, \"a\": \"x\", \"b\": \"\"}", "whole number"),
      ("{\"label\": 1, \"a\": \"\\ud83d\", \"b\": \"\"}", "surrogate"),
      ("{\"label\": 1, \"label\": 1}", "twice"), ("{\"labels\": 1}", "nearest one is 'labels'"),
    ] {
      let file = try folder.write("{\"label\":0,\"a\":\"\",\"b\":\"\"}\n\(line)\n", to: "j.jsonl")
      expectError(.invalid, file, mentions: "line 2", word) { _ = try rows(file) }
    }
  }

  @Test("Empty, binary and UTF-16 files are named for what they are")
  func otherFiles() throws {
    let empty = try folder.write("", to: "e.tsv")
    expectError(.invalid, empty, mentions: "empty") { _ = try rows(empty) }
    let blank = try folder.write("\n \n", to: "b.tsv")
    expectError(.invalid, blank, mentions: "only blank lines") { _ = try rows(blank) }
    let wide = try folder.write(
      Array("label\ta\n".utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }, to: "w.tsv")
    expectError(.invalid, wide, offset: 0, mentions: "UTF-16") { _ = try rows(wide) }
    let binary = try folder.write(
      Array("label\ta\tb\n1\tx".utf8) + [0, 1, 2] + Array("\ty\n".utf8), to: "n.tsv")
    expectError(.invalid, binary, mentions: "line 2", "zero byte") { _ = try rows(binary) }
    let latin = try folder.write(Array("label\ta\tb\n1\t".utf8) + [0xe9, 0x09, 0x0a], to: "l.tsv")
    expectError(.invalid, latin, offset: 12, mentions: "UTF-8") { _ = try rows(latin) }
    let plain = try folder.write("only words\n", to: "plain.txt")
    expectError(.invalid, plain, mentions: ".tsv, .csv or .jsonl") { _ = try rows(plain) }
  }

  @Test("A row may be longer than any line of running text")
  func longRows() throws {
    let long = String(repeating: "word ", count: 40_000)
    let file = try folder.write("label\ta\tb\n1\t\(long)\ty\n0\tx\ty\n", to: "long.tsv")
    #expect(try rows(file).map(\.text.count) == [long.count, 1])
  }
}
