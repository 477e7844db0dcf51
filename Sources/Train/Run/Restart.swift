package import Configuration
import Files
import Foundation
import Platform

/// What the launch scripts or Slurm say about a start that follows another of the same run.
///
/// A restart continues the run that an earlier start of its series has begun, regardless of `--resume`:
/// that option was for the first start. A note in the run directory identifies that run, for the
/// earlier start may have ended before it began one.
package struct Restart {
  /// The variable that has the number of the restart, from 1.
  static let numberVariable = "GMLP_TRAIN_RESTART"
  /// The variable that names the series of starts.
  static let launchVariable = "GMLP_TRAIN_LAUNCH"
  static let noteName = "launch"

  /// The number of this restart; 0 for a first start.
  package let number: Int
  /// The names of the series that this start belongs to.
  private let series: [String]
  /// Those of them in which there were earlier starts.
  private let repeatedSeries: Set<String>

  /// Reads the variables.
  ///
  /// - Parameter variables: those of the process.
  /// - Throws: `CommandError` for a value that is not a number.
  package init(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws(CommandError) {
    let restarts = try Self.count(Self.numberVariable, variables)
    let requeues = try Self.count("SLURM_RESTART_COUNT", variables)
    let launch = variables[Self.launchVariable].map { "launch \($0)" }
    let job = variables["SLURM_JOB_ID"].map { "job \($0) \(variables["SLURM_CLUSTER_NAME"] ?? "")" }
    number = max(restarts, requeues)
    series = [launch, job].compactMap(\.self)
    repeatedSeries = Set(
      [restarts > 0 ? launch : nil, requeues > 0 ? job : nil].compactMap(\.self))
  }

  private static func count(
    _ name: String, _ variables: [String: String]
  ) throws(CommandError) -> Int {
    guard let text = variables[name], !text.isEmpty else { return 0 }
    guard let number = Int(text), number >= 0 else {
      throw CommandError(
        "\(name)=\(text): is not a number of restarts; unset it, or give one from 1 on",
        exitCode: .usage)
    }
    return number
  }

  /// Whether an earlier start of the same series has begun the run in `directory`.
  ///
  /// - Throws: ``TrainingError`` if the note of it cannot be read.
  func hasBegun(_ directory: String) throws(TrainingError) -> Bool {
    let file = "\(directory)/\(Self.noteName)"
    guard !repeatedSeries.isEmpty, FileManager.default.fileExists(atPath: file) else {
      return false
    }
    do {
      let note = try String(contentsOfFile: file, encoding: .utf8)
      return note.split(separator: "\n").contains { repeatedSeries.contains(String($0)) }
    } catch {
      throw .storage("\(file): cannot be read: \(error.reason); choose another --run-dir")
    }
  }

  /// Notes in `directory` that its run was begun by this start.
  ///
  /// - Throws: ``TrainingError`` if it cannot be written.
  package func note(in directory: String) throws(TrainingError) {
    guard !series.isEmpty else { return }
    let file = "\(directory)/\(Self.noteName)"
    do throws(WholeFileError) {
      try WholeFile.write(Data((series.joined(separator: "\n") + "\n").utf8), to: file)
    } catch {
      throw .storage(
        "\(file): cannot be written: \(error.reason); make room or choose another --run-dir")
    }
  }
}
