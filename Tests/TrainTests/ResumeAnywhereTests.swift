import Foundation
import RunSupport
import TestSupport
import Testing

/// Runs that stop and go on in other worlds, at any step.
@Suite("Resume anywhere", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct ResumeAnywhereTests {
  /// `GMLP_TRAIN_LONG_TESTS=1` tries every step and every pair of worlds; `Tests/prove.sh` sets it.
  static let isLong = ProcessInfo.processInfo.environment["GMLP_TRAIN_LONG_TESTS"] == "1"
  static let worlds = isLong ? [1, 2, 3, 4, 6, 8] : [1, 3, 8]
  /// Three epochs of 13 steps.
  static let epochs = ["--set", "train.epochs=3", "--set", "train.steps=0"]
  static let last = 39

  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  @Test("Stopped after any step of three epochs, it ends with the same bits")
  func everyStep() async throws {
    let reference = try await runs.reference(Self.epochs, step: Self.last)
    let steps = Self.isLong ? Array(1..<Self.last) : [1, 12, 13, 14, 27, 38]
    for step in steps {
      let name = "step-\(step)"
      let stopped = try await runs.train(name, Self.epochs + ["--stop-after", "\(step)"])
      #expect(stopped.exitCode == 75, "\(stopped.standardError)")
      let resumed = try await runs.train(name, Self.epochs)
      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try runs.finished(name, step: Self.last) == reference, "step \(step)")
    }
  }

  /// From each world to each other one; the long form goes back to the same one too.
  static let changes: [(Int, Int)] = worlds.flatMap { from in
    worlds.filter { isLong || $0 != from }.map { (from, $0) }
  }

  @Test("From any number of ranks to any other", arguments: changes)
  func otherWorld(from: Int, to: Int) async throws {
    let reference = try await runs.reference(Self.epochs, step: Self.last)
    let name = "from-\(from)-to-\(to)"
    let stopped = try await runs.train(
      name, ranks: from == 1 ? nil : from, Self.epochs + ["--stop-after", "20"])
    #expect(stopped.exitCode == 75, "\(stopped.standardError)")
    let resumed = try await runs.train(name, ranks: to == 1 ? nil : to, Self.epochs)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(try runs.finished(name, step: Self.last) == reference)
  }
}
