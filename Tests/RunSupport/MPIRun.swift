import Foundation

/// A program that was run to its end: alone, or as the ranks of mpirun.
public struct MPIRun: Sendable {
  /// The exit code of mpirun, or of the program alone; 128 + the signal where one ended it.
  public let exitCode: Int32
  /// Everything that was written to standard output.
  public let standardOutput: String
  /// Everything that was written to standard error, but for mpirun's remarks on its own pipes and for
  /// ``warningsOfMachine``.
  public let standardError: String
  /// The lines in which the program says what it misses on the machine that the tests run on.
  public let warningsOfMachine: [String]
  /// How long it took.
  public let seconds: Double

  /// Starts the program and waits for its end.
  ///
  /// - Parameters:
  ///   - executable: the name of one of the package's products, or an absolute path.
  ///   - arguments: the arguments of the program.
  ///   - ranks: the number of ranks; nil starts the program itself, without mpirun.
  ///   - environment: variables beside those of the tests and those that mpirun needs.
  ///   - directory: the folder to start in; the tests' own by default.
  ///   - deadlineSeconds: after this time the program is ended; no test on a busy machine comes near the
  ///     default.
  /// - Throws: ``MPIRunError`` where mpirun or the program is missing, and at the deadline.
  public init(
    executable: String, arguments: [String] = [], ranks: Int?,
    environment: [String: String] = [:], directory: String? = nil,
    deadlineSeconds: Double = StartedRun.patienceSeconds
  ) async throws {
    self = try await Self.finished(isOfRanks: ranks != nil) {
      try StartedRun(
        executable: executable, arguments: arguments, ranks: ranks, environment: environment,
        directory: directory, deadlineSeconds: deadlineSeconds)
    }
  }

  /// Starts ranks with arguments of their own, group after group, and waits for their end.
  public init(
    executable: String, groups: [RankGroup], environment: [String: String] = [:],
    directory: String? = nil, deadlineSeconds: Double = StartedRun.patienceSeconds
  ) async throws {
    self = try await Self.finished(isOfRanks: true) {
      try StartedRun(
        executable: executable, groups: groups, environment: environment, directory: directory,
        deadlineSeconds: deadlineSeconds)
    }
  }

  /// What a run left that `start` starts.
  ///
  /// On a busy machine Open MPI's mpirun now and then ends with 1 and no word before there is any rank: 2 of some
  /// 10,000 starts here. The program has no such exit code and says why it ends, so that one is started again.
  private static func finished(
    isOfRanks: Bool, _ start: () throws -> StartedRun
  ) async throws -> MPIRun {
    let run = try await start().finish()
    guard isOfRanks && run.exitCode == 1 && run.standardOutput.isEmpty && run.standardError.isEmpty
    else { return run }
    print("mpirun ended with 1 and no word after \(run.seconds) s; it is started once more")
    return try await start().finish()
  }

  init(exitCode: Int32, standardOutput: String, standardError: String, seconds: Double) {
    self.exitCode = exitCode
    self.standardOutput = standardOutput
    let lines = Self.withoutPipeRemarks(standardError)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    warningsOfMachine = lines.filter(Self.isOfMachine)
    self.standardError = lines.filter { !Self.isOfMachine($0) }.joined(separator: "\n")
    self.seconds = seconds
  }

  /// Whether a line tells of too few processors or too little work for this many ranks, or of kernels that are
  /// not made for them or slow.
  private static func isOfMachine(_ line: String) -> Bool {
    ["kernels", "products", "threads", "quota", "settings: a step has"].contains {
      line.hasPrefix("gmlp-train: warning: \($0)")
    }
  }

  /// The text without what mpirun's event library says of a pipe that is closed already.
  ///
  /// It does so now and then where a rank ends in the moment in which mpirun reads from it.
  private static func withoutPipeRemarks(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("[warn] Epoll ") }
      .joined(separator: "\n")
  }
}

/// A program that could not be started, or did not end in time.
public struct MPIRunError: Error, CustomStringConvertible {
  /// What happened and what to do.
  public let description: String
}
