/// How the program ends: the one list that code, help and pages share.
///
/// - Note: Source: the numbers of `sysexits.h`.
public enum ExitCode: Int32, CaseIterable, Sendable {
  case done = 0
  case usage = 64
  case badData = 65
  case internalError = 70
  case inputOutput = 74
  case stopped = 75
  case rankLost = 76

  /// What it means, for people.
  public var meaning: String {
    switch self {
    case .done: "done"
    case .usage: "wrong usage or configuration, or a build that this processor cannot run"
    case .badData: "an input file or a checkpoint is bad or missing"
    case .internalError: "internal error, or numbers that are not finite or not reproduced"
    case .inputOutput: "reading or writing failed"
    case .stopped: "stopped on request; the same command resumes"
    case .rankLost:
      "another rank died or hung, the network did, or weights changed in a rank's memory"
    }
  }

  /// Codes with their meanings, in the order in which they are listed.
  private static var meanings: [(code: String, meaning: String)] {
    allCases.map { ("\($0.rawValue)", $0.meaning) } + [
      ("128 + n", "mpirun reports that signal n killed a rank; it has ended the others")
    ]
  }

  /// All of them in one sentence.
  public static var sentence: String {
    meanings.map { "\($0.code) \($0.meaning)" }.joined(separator: "; ")
  }

  /// All of them as rows of a table in Markdown.
  public static var rows: String {
    meanings.map { "| \($0.code) | \($0.meaning) |" }.joined(separator: "\n")
  }
}
