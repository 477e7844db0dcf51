import Files
import Foundation
import Reporting

extension Numbers {
  /// The columns of the terminal that standard output is; nil if it is none, where programs read whole lines.
  static let terminalColumns: Int? =
    isatty(STDOUT_FILENO) == 1 ? Terminal.columns(of: STDOUT_FILENO) : nil

  /// The fewest columns that values are wrapped into; below, they would be torn to pieces.
  private static let fewestColumns = 20

  /// Rows of a name and a value, the values under each other.
  ///
  /// - Parameters:
  ///   - rows: what is shown.
  ///   - columns: those of the terminal, for values to be wrapped between words; nil: each row is a line.
  /// - Returns: the lines.
  static func table(
    _ rows: [(name: String, value: String)], columns: Int? = Numbers.terminalColumns
  ) -> String {
    let rows = rows.map { (name: printable($0.name), value: printable($0.value)) }
    let width = (rows.map(\.name.count).max() ?? 0) + 2
    let indent = String(repeating: " ", count: width)
    return rows.map { name, value in
      let space = columns.map { max($0 - width, fewestColumns) } ?? .max
      return name + String(repeating: " ", count: width - name.count)
        + wrapped(value, to: space).joined(separator: "\n" + indent)
    }.joined(separator: "\n")
  }

  /// `text` in lines of at most `columns` characters; a word that is longer stays whole.
  static func wrapped(_ text: String, to columns: Int) -> [String] {
    // Blanks of other texts are part of them.
    if text.count <= columns { return [text] }
    var lines: [String] = []
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// Lines of cells, those of one column under each other.
  ///
  /// - Parameters:
  ///   - lines: the cells.
  ///   - columns: those of the terminal: cells that do not fit go to a line below, further to the right; nil: each
  ///     stays on its line.
  /// - Returns: the lines.
  static func columns(_ lines: [[String]], columns: Int? = Numbers.terminalColumns) -> [String] {
    let count = lines.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let groups = groups(of: widths, columns ?? .max)
    return lines.flatMap { cells in
      groups.enumerated().compactMap { number, group -> String? in
        let line = group.filter { $0 < cells.count }.map { column in
          cells[column] + String(repeating: " ", count: widths[column] - cells[column].count)
        }.joined(separator: gap)
        let end = line.lastIndex { $0 != " " }
        guard let end else { return number == 0 ? "" : nil }
        return (number == 0 ? "" : indent) + line[...end]
      }
    }
  }

  private static let gap = "  "
  private static let indent = "    "

  /// The columns of a table that fit side by side into so many of the terminal, one group after the other.
  private static func groups(of widths: [Int], _ columns: Int) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (start, used) = (0, 0)
    for (column, width) in widths.enumerated() {
      let needed = used == 0 ? width : used + gap.count + width
      let most = groups.isEmpty ? columns : columns - indent.count
      if column > start && needed > most {
        groups.append(start..<column)
        (start, used) = (column, width)
      } else {
        used = needed
      }
    }
    if start < widths.count { groups.append(start..<widths.count) }
    return groups
  }
}
