/// How progress is shown.
public enum ProgressStyle: String, Sendable, CaseIterable {
  /// A live line on a terminal, lines elsewhere.
  case auto
  /// A line that is written over.
  case live
  /// A line now and then.
  case plain
}
