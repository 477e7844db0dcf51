import Foundation
import RunSupport
import TestSupport

/// An empty folder in which the launch scripts are run; it goes when it is no longer used.
final class LaunchFolder {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Where the folder lies.
  var path: String { folder.path }

  /// Writes an executable script and returns its path.
  func writeProgram(_ script: String, to name: String) throws -> String {
    try folder.writeProgram(script, to: name)
  }

  /// The variables that the scripts are to set themselves, and one that the program warns of.
  private static let settings = [
    "OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
    "OMPI_MCA_rmaps_base_oversubscribe", "OMPI_MCA_hwloc_base_binding_policy",
    "PRTE_MCA_rmaps_default_mapping_policy", "PRTE_MCA_hwloc_default_binding_policy",
    "OMPI_MCA_orte_execute_quiet", "GMLP_TRAIN_TERMINAL", "OPENBLAS_CORETYPE",
  ]

  /// Starts a script of `launch/`.
  ///
  /// - Parameters:
  ///   - script: its file name.
  ///   - arguments: its arguments.
  ///   - program: what takes the place of gmlp-train; nil is the program of this build.
  ///   - environment: variables beside those of the tests.
  ///   - onTerminal: whether its standard output is a terminal.
  /// - Returns: the running script.
  /// - Throws: ``MPIRunError`` if the program is not built.
  func start(
    _ script: String, _ arguments: [String], program: String? = nil,
    environment: [String: String] = [:], onTerminal: Bool = false
  ) throws -> StartedRun {
    let path = PackageFolder.url.appending(path: "launch/\(script)").path
    var command = [path] + arguments
    if onTerminal {
      command = ["script", "-qec", command.joined(separator: " "), "/dev/null"]
    }
    // A shell cannot trap a signal that was ignored when it started, as it is in the background.
    let preparation =
      ["--default-signal=INT", "--default-signal=HUP"] + Self.settings.flatMap { ["-u", $0] }
    let executable = try program ?? Programs.product("gmlp-train").path
    return try StartedRun(
      executable: "/usr/bin/env", arguments: preparation + command, ranks: nil,
      environment: environment.merging(["GMLP_TRAIN_EXECUTABLE": executable]) { $1 },
      directory: folder.path)
  }

  /// What has rank zero stop itself in the middle of the digits, to be met there by a signal.
  static let stopping = ["GMLP_TRAIN_FAULT": "0:forward:150:stop"]

  /// Starts `local.sh` on the digits, with nothing but steps until the end.
  func startDigits(
    ranks: Int, restarts: Int? = nil, steps: Int = 300, runDirectory: String = "run",
    environment: [String: String] = [:], more: [String] = [],
    settings: [String] = ["train.hang_timeout=\(StartedRun.patienceSeconds)"]
  ) throws -> StartedRun {
    let configuration = PackageFolder.url.appending(path: "configs/digits.toml").path
    return try start(
      "local.sh",
      (restarts.map { ["--max-restarts", "\($0)"] } ?? []) + [
        "\(ranks)", "--config", configuration, "--steps", "\(steps)", "--run-dir", runDirectory,
        "--set", "train.checkpoint_every=1000000", "--set", "train.evaluate_every=1000000",
      ] + more + settings.flatMap { ["--set", $0] }, environment: environment)
  }

  /// Removes the run directories.
  func removeRuns() throws {
    for name in try folder.names(in: path) { try folder.remove("\(path)/\(name)") }
  }

  /// The steps of which `run/metrics.jsonl` records a checkpoint.
  func checkpoints() throws -> [Int] {
    struct Line: Decodable {
      let event: String
      let step: Int?
    }
    return try folder.text(of: "run/metrics.jsonl").split(separator: "\n")
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
      .filter { $0.event == "checkpoint" }
      .compactMap(\.step)
  }
}
