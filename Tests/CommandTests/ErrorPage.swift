import Foundation

/// `docs/errors.md`: what is said of every bad input that the tests try.
struct ErrorPage {
  static let file = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/errors.md")

  private(set) var text = """
    # What is said of bad inputs
    A start that cannot succeed is refused before the first step: rank zero prints one line on
    standard error, whatever the number of ranks, all ranks end, and the exit code tells the kind:
    64 usage or configuration, 65 an input file or a checkpoint, 74 reading or writing. What only one
    rank met begins with that rank and its host.

    Every line below was printed by the program; `Tests/CommandTests` tries each case in one process
    and on three ranks, some on eight, and compares this page. `GMLP_TRAIN_WRITE_DOCS=1 swift test
    --filter BadInputTests` writes it anew.

    | what is wrong | code | the line |
    |---|---|---|

    """

  /// Adds a row; the name of this machine does not belong into the page.
  mutating func add(_ bad: BadInput, line: String) {
    let shown = line.replacing(#/rank 1 on [^ ]+: /#, with: "rank 1 on node2: ")
      .replacing("gmlp-train: ", with: "", maxReplacements: 1).replacing("|", with: "\\|")
    text += "| \(bad.name) | \(bad.exitCode) | `\(shown)` |\n"
  }
}
