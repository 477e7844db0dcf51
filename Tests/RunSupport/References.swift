/// What undisturbed runs end with, each trained once for all tests of the process.
package actor References<Outcome: Sendable> {
  private var runs: [[String]: Task<Outcome, any Error>] = [:]

  package init() {}

  /// What a run ends with: the first test that asks trains it, the others wait for that.
  ///
  /// - Parameters:
  ///   - settings: what distinguishes the run from the others that are kept here.
  ///   - train: trains it, in a folder of its own: that of a test may be gone before another one asks.
  /// - Returns: what `train` returned.
  /// - Throws: what `train` threw, to every test that asks.
  package func outcome(
    _ settings: [String] = [], training train: @escaping @Sendable () async throws -> Outcome
  ) async throws -> Outcome {
    if let run = runs[settings] { return try await run.value }
    let run = Task { try await train() }
    runs[settings] = run
    return try await run.value
  }
}
