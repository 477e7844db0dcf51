import Foundation
import TestSupport

@testable import Configuration

/// What a finished run left behind, as far as it must not depend on the number of workers.
struct FinishedRun: Equatable {
  /// The SHA-256 of each file of the last checkpoint: weights, moments and their average.
  let files: [String: String]
  /// The metrics but times and places.
  ///
  /// Of the ends only the one at the last step counts: there is one for every stop.
  let metrics: [String: String]

  /// Reads the run directory at `path`.
  init(_ path: String, step: Int) throws {
    let folder = "\(path)/checkpoints/step-" + String(repeating: "0", count: 10 - "\(step)".count)
    let state = try Self.object(Data(contentsOf: URL(filePath: "\(folder)\(step)/state.json")))
    let records = state["files"] as? [String: [String: Any]] ?? [:]
    files = records.compactMapValues { $0["sha256"] as? String }
    var metrics: [String: String] = [:]
    for line in try String(contentsOfFile: "\(path)/metrics.jsonl", encoding: .utf8).split(
      separator: "\n")
    {
      // A line may have been cut off by a kill.
      guard var object = try? Self.object(Data(line.utf8)), let event = object["event"] as? String,
        ["step", "evaluation", "end"].contains(event),
        event != "end" || object["step"] as? Int == step
      else { continue }
      for key in [
        "step_seconds", "samples_per_second", "exchange_processor_seconds", "evaluation_seconds",
        "time",
      ] {
        object[key] = nil
      }
      let text = object.keys.sorted().map { "\($0)=\(object[$0] ?? "")" }.joined(separator: " ")
      metrics["\(event) \(object["step"] ?? "")"] = text
    }
    self.metrics = metrics
  }

  /// The losses of all steps, in their order.
  static func losses(_ path: String) throws -> [Double] {
    try String(contentsOfFile: "\(path)/metrics.jsonl", encoding: .utf8).split(separator: "\n")
      .map { try object(Data($0.utf8)) }.filter { $0["event"] as? String == "step" }
      .compactMap { $0["loss"] as? Double }
  }

  private static func object(_ data: Data) throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw ConfigurationError("not an object: \(String(decoding: data, as: UTF8.self))")
    }
    return object
  }
}
