import Foundation
import RunSupport
import TestSupport
import Testing

/// A start of the program that has to be refused, with what the one line about it has to say.
struct BadInput: Sendable, CustomTestStringConvertible {
  /// What is wrong: the row of the table in `docs/operations/errors.md`.
  let name: String
  let exitCode: Int32
  /// Words of the line.
  let words: [String]
  /// Arguments after those that every case has.
  let arguments: [String]
  /// Arguments of rank 1 in place of `arguments`, where ranks are told different things.
  let argumentsOfRankOne: [String]?
  /// Damages the folder of good files; what it returns is kept until the run has ended.
  let damage: @Sendable (GoodFiles) throws -> (any Sendable)?

  init(
    _ name: String, _ exitCode: Int32, _ words: [String], _ arguments: [String] = [],
    rankOne: [String]? = nil,
    damage: @escaping @Sendable (GoodFiles) throws -> (any Sendable)? = { _ in nil }
  ) {
    self.name = name
    self.exitCode = exitCode
    self.words = words
    self.arguments = arguments
    argumentsOfRankOne = rankOne
    self.damage = damage
  }

  var testDescription: String { name }

  /// The smallest number of ranks that can meet it; nil is a process without mpirun.
  var fewestRanks: Int? { argumentsOfRankOne == nil ? nil : 3 }

  /// Starts the program in `folder` as one process, or on `ranks` ranks, and waits for its end.
  func run(in folder: GoodFiles, ranks: Int?, environment: [String: String]) async throws -> MPIRun
  {
    let kept = try damage(folder)
    defer { withExtendedLifetime(kept) {} }
    let common = ["--config", "run.toml", "--run-dir", "run"]
    // mpirun's banner is not ours; the launch scripts silence it the same way.
    let environment = environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 }
    guard let ranks, let argumentsOfRankOne else {
      return try await MPIRun(
        executable: "gmlp-train", arguments: common + arguments, ranks: ranks,
        environment: environment, directory: folder.path)
    }
    return try await MPIRun(
      executable: "gmlp-train",
      groups: [
        RankGroup(ranks: 1, arguments: common + arguments),
        RankGroup(ranks: 1, arguments: common + argumentsOfRankOne),
        RankGroup(ranks: ranks - 2, arguments: common + arguments),
      ], environment: environment, directory: folder.path)
  }
}
