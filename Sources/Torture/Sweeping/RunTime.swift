import Foundation

/// How much a run has done, and for how long, by its `metrics.jsonl`.
public struct RunTime: Sendable, Equatable {
  /// Its last step; 0 before the first.
  public private(set) var steps = 0
  /// Seconds of steps and evaluations, also of those that were lost and done again.
  public private(set) var seconds = 0.0

  private struct Line: Decodable {
    let event: String
    let step: Int?
    let stepSeconds: Double?
    let evaluationSeconds: Double?
  }

  /// The time of the run in the folder `directory`; none if it has not begun.
  ///
  /// Lines that were cut off, or are of no run, count nothing: who compares results refuses them.
  public init(of directory: String) {
    guard let bytes = FileManager.default.contents(atPath: "\(directory)/metrics.jsonl") else {
      return
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    for text in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let line = try? decoder.decode(Line.self, from: Data(text)) else { continue }
      if line.event == "step" { steps = max(steps, line.step ?? 0) }
      seconds += (line.stepSeconds ?? 0) + (line.evaluationSeconds ?? 0)
    }
  }
}
