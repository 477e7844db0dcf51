/// Tables in Markdown.
package enum MarkdownTable {
  /// `text` as one cell that shows it letter by letter: it ends neither the cell nor the line.
  package static func cell(_ text: String) -> String {
    var cell = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "|", "\\", "`", "*", "<": cell += "\\\(scalar)"
      case _ where scalar.properties.generalCategory == .control || scalar.properties.isWhitespace:
        cell += " "
      default: cell.unicodeScalars.append(scalar)
      }
    }
    return cell
  }
}
