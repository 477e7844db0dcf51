import Files
import Inspection

/// Classes of texts for people, a line a text: classes with their probabilities under each other, then the text.
struct ClassTable {
  /// The letters of the longest name.
  private let width: Int

  /// A table of classes with these names, or with their numbers.
  init(_ names: [String]?, classes: Int) {
    width = (names ?? ["\(classes - 1)"]).map { printable($0).count }.max() ?? 1
  }

  /// The line of one text.
  func line(_ found: ClassifiedText) -> String {
    let classes = found.classes.map { candidate in
      let name = printable(candidate.name ?? "\(candidate.label)")
      return filled(name, width) + Numbers.percent(candidate.probability, width: 10)
    }
    let texts = [found.text, found.textPair].compactMap { $0 }.map { shortened($0) }
    return (classes + [texts.joined(separator: " | ")]).joined(separator: "  ")
  }
}

extension FoundAnswer {
  /// The question, and below it the answer with its place and its probability; others follow if `top` is above 1.
  func text(top: Int) -> String {
    let others = candidates.filter { $0 != chosen }.prefix(top - 1)
    let rows = ([chosen] + others).map { candidate in
      [
        candidate.text.isEmpty ? "no answer" : printable(candidate.text),
        candidate.place, Numbers.percent(candidate.probability, width: 8),
      ]
    }
    return ([shortened(question)] + Numbers.columns(rows).map { "  \($0)" })
      .joined(separator: "\n")
  }
}

extension FoundAnswer.Candidate {
  /// Its scalars in the context as Python would cut them out.
  fileprivate var place: String {
    guard let start, let end else { return "" }
    return "[\(start):\(end)]"
  }
}

extension Numbers {
  /// A share of 1 in per cent, whose right end is under those of others.
  fileprivate static func percent(_ share: Double, width: Int) -> String {
    let text = percent(share)
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

private func filled(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// A text on one line, whose end is left out where it is long.
private func shortened(_ text: String) -> String {
  let most = 60
  let line = printable(text)
  return line.count > most ? "\(line.prefix(most - 1))…" : line
}
