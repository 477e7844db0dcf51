import Foundation
import TestSupport

/// Two epochs on the digits in one folder, into which faults are injected.
package struct FaultyRuns {
  private static let references = References<String>()

  private let folder: TemporaryFolder

  package init() throws {
    folder = try TemporaryFolder()
  }

  /// The folder, with the run directory `run` in it.
  package var path: String { folder.path }

  /// Starts a run with these variables beside those of the tests.
  package func start(
    _ environment: [String: String], ranks: Int?, _ more: [String] = []
  ) throws -> StartedRun {
    let configuration = PackageFolder.url.appending(path: "configs/digits.toml").path
    return try StartedRun(
      executable: "gmlp-train",
      arguments: [
        "--config", configuration, "--run-dir", "\(folder.path)/run", "--steps", "44",
        "--progress", "plain", "--set", "schedule.warmup_steps=22",
      ] + more, ranks: ranks,
      environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { first, _ in first })
  }

  /// The same to its end.
  package func train(
    _ environment: [String: String], ranks: Int?, _ more: [String] = []
  ) async throws -> MPIRun {
    try await start(environment, ranks: ranks, more).finish()
  }

  /// The digest of an undisturbed run.
  package func reference() async throws -> String {
    try await Self.references.outcome {
      let run = try await FaultyRuns().train([:], ranks: nil)
      guard run.exitCode == 0 else { throw MPIRunError(description: run.standardError) }
      return try run.digest
    }
  }

  /// The lines of `metrics.jsonl` that tell of `event`.
  package func metrics(_ event: String) throws -> [Substring] {
    try metrics.filter { $0.hasPrefix("{\"event\":\"\(event)\"") }
  }

  /// The lines of `metrics.jsonl`.
  private var metrics: [Substring] {
    get throws {
      try String(contentsOfFile: "\(folder.path)/run/metrics.jsonl", encoding: .utf8)
        .split(separator: "\n")
    }
  }

  /// The kinds of all lines of `metrics.jsonl`, in their order.
  package var events: [Substring] {
    get throws {
      try metrics.compactMap { $0.firstMatch(of: /^{"event":"(\w+)"/)?.1 }
    }
  }

  /// The numbers `key` of the lines that tell of `event`.
  package func numbers(_ key: String, of event: String) throws -> [Double] {
    try metrics(event).compactMap { line in
      guard let name = line.range(of: "\"\(key)\":") else { return nil }
      return Double(line[name.upperBound...].prefix { !",}".contains($0) })
    }
  }
}
