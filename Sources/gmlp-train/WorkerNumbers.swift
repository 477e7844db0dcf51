import ArgumentParser

/// How many ranks and threads a command may be asked for.
///
/// What a run starts with is checked as a key of its configuration; these are for commands that plan for
/// others, or start them.
enum WorkerNumbers {
  /// Ranks: more than any cluster has, and few enough that their memory can be added up.
  static let ranks = 1...100_000

  /// Threads of a rank, as for `train.threads`.
  static let threads = 1...1_024

  /// Checks the values of `--ranks` and `--threads`, where they were given.
  ///
  /// - Throws: `ValidationError` that names the option and both bounds.
  static func check(ranks: Int? = nil, threads: Int? = nil) throws {
    try check("--ranks", ranks, Self.ranks)
    try check("--threads", threads, Self.threads)
  }

  private static func check(_ option: String, _ value: Int?, _ bounds: ClosedRange<Int>) throws {
    guard let value, !bounds.contains(value) else { return }
    throw ValidationError(
      "\(option) \(value): must be at least \(bounds.lowerBound) and at most \(bounds.upperBound)")
  }
}
