/// What the program's exit codes mean: the one list that help and pages are made from.
public enum ExitCodes {
  /// Codes with their meanings, in the order in which they are told.
  public static let meanings: [(code: String, meaning: String)] = [
    ("0", "done"),
    ("64", "wrong usage or configuration, or a build that this processor cannot run"),
    ("65", "an input file or a checkpoint is bad or missing"),
    ("70", "internal error, or numbers that are not finite or not reproduced"),
    ("74", "reading or writing failed"),
    ("75", "stopped on request; the same command goes on"),
    ("76", "another rank died or hung, the network did, or weights changed in a rank's memory"),
    ("128 + n", "a rank was killed by signal n; so says mpirun, which ends the others"),
  ]

  /// All of them in one sentence.
  public static var sentence: String {
    meanings.map { "\($0.code) \($0.meaning)" }.joined(separator: "; ")
  }

  /// All of them as rows of a table in Markdown.
  public static var rows: String {
    meanings.map { "| \($0.code) | \($0.meaning) |" }.joined(separator: "\n")
  }
}
