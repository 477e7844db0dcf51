import Foundation
import TestSupport
import Testing

/// Two epochs on the digits in one folder, into which faults are injected.
struct FaultyRuns {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The folder, with the run directory `run` in it.
  var path: String { folder.path }

  /// Starts a run with these variables beside those of the tests.
  func start(
    _ environment: [String: String], ranks: Int?, _ more: [String] = []
  ) throws -> StartedRun {
    let configuration = LaunchFolder.package.appending(path: "configs/digits.toml").path
    return try StartedRun(
      executable: "gmlp-train",
      arguments: [
        "--config", configuration, "--run-dir", "\(folder.path)/run", "--steps", "44",
        "--progress", "plain", "--set", "schedule.warmup_steps=22",
      ] + more, ranks: ranks,
      environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { first, _ in first })
  }

  /// The same to its end.
  func train(
    _ environment: [String: String], ranks: Int?, _ more: [String] = []
  ) async throws -> MPIRun {
    try await start(environment, ranks: ranks, more).finish()
  }

  /// The digest of an undisturbed run in a directory of its own.
  func reference() async throws -> Substring {
    let run = try await train([:], ranks: nil, ["--run-dir", "\(folder.path)/reference"])
    #expect(run.exitCode == 0, "\(run.standardError)")
    return try run.digest
  }

  /// The lines of `metrics.jsonl` that tell of `event`.
  func metrics(_ event: String) throws -> [Substring] {
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
  var events: [Substring] {
    get throws {
      try metrics.compactMap { $0.firstMatch(of: /^{"event":"(\w+)"/)?.1 }
    }
  }

  /// The numbers `key` of the lines that tell of `event`.
  func numbers(_ key: String, of event: String) throws -> [Double] {
    try metrics(event).compactMap { line in
      guard let name = line.range(of: "\"\(key)\":") else { return nil }
      return Double(line[name.upperBound...].prefix { !",}".contains($0) })
    }
  }
}

extension MPIRun {
  /// The lines on standard error but the one that tells of the injection.
  var told: [String] {
    standardError.split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("gmlp-train: GMLP_TRAIN_FAULT=") }
  }

  /// The only one of them.
  var onlyLine: String {
    get throws {
      #expect(told.count == 1, "\(standardError)")
      return try #require(told.first)
    }
  }

  /// The line that gives the digest of the weights.
  var digest: Substring {
    get throws {
      try #require(standardOutput.split(separator: "\n").last { $0.hasPrefix("weights sha256") })
    }
  }
}

extension String {
  /// How long a rank was silent, in seconds, where a watchdog says it; more than it has to be on a busy machine.
  var silence: Int? { firstMatch(of: /(\d+) s\b/).flatMap { Int($0.1) } }

  /// The line with N in the place of these seconds.
  var withoutSilence: String { replacing(/\d+ s\b/, with: "N s") }
}
