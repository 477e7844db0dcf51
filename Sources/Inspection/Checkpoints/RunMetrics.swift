import Foundation

/// What `metrics.jsonl` of a run records of its evaluations and its end.
///
/// It is read to show checkpoints, which count without it: what is missing or damaged is left out.
struct RunMetrics {
  /// The evaluations by the step after which they were made; after a resume the later one counts.
  private(set) var evaluations: [Int: RecordedEvaluation] = [:]
  /// Why the last start ended, as in "finished"; nil if it runs or was killed.
  private(set) var ending: String?

  /// A line, as far as it counts here.
  private struct Line: Decodable {
    let event: String
    let step: Int?
    let loss: Double?
    let accuracy: Double?
    let emaLoss: Double?
    let emaAccuracy: Double?
    let reason: String?
  }

  /// Reads the metrics of the run in the folder `run`.
  init(of run: String) {
    guard let bytes = FileManager.default.contents(atPath: "\(run)/metrics.jsonl") else { return }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    for text in bytes.split(separator: UInt8(ascii: "\n")) {
      // Nearly all lines are steps, which do not count.
      guard Self.events.contains(where: { text.starts(with: $0) }) else { continue }
      do {
        note(try decoder.decode(Line.self, from: Data(text)))
      } catch {
        // Cut off by a kill: what it says is done again, or was never done.
        continue
      }
    }
  }

  private static let events = ["start", "evaluation", "diverged", "end"].map {
    Array("{\"event\":\"\($0)\"".utf8)
  }

  private mutating func note(_ line: Line) {
    switch line.event {
    case "start": ending = nil
    case "diverged": ending = "diverged"
    case "end": ending = line.reason
    default:
      guard let step = line.step else { return }
      evaluations[step] = RecordedEvaluation(
        step: step, loss: line.loss, accuracy: line.accuracy, emaLoss: line.emaLoss,
        emaAccuracy: line.emaAccuracy)
    }
  }
}

/// An evaluation that a run has recorded; a number that was not finite is nil.
public struct RecordedEvaluation: Sendable, Equatable {
  /// The step after which it was made.
  public let step: Int
  /// Mean over the test set, in nats.
  public let loss: Double?
  /// Share of the labels of the test set.
  public let accuracy: Double?
  /// The loss of the averaged weights; nil without them.
  public let emaLoss: Double?
  /// Their accuracy.
  public let emaAccuracy: Double?
}
