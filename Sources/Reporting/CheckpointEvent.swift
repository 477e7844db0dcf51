package import Checkpoints
import Foundation

/// The event of `metrics.jsonl` for a checkpoint.
package struct CheckpointEvent: Sendable, Equatable {
  private let step: Int
  private let path: String
  private let bytes: Int
  private let weightsSHA256: String

  /// The event of the checkpoint in the folder `path`.
  package init(_ state: CheckpointState, in path: String) {
    step = state.step
    self.path = path
    bytes = state.files.values.reduce(0) { $0 + $1.bytes }
    weightsSHA256 = state.weightsSHA256
  }

  /// The event as a line.
  ///
  /// - Parameter stallSeconds: how long the training waited for it; NaN, which becomes null, where nobody
  ///   knows any more.
  /// - Returns: the line, without the time.
  package func line(stallSeconds: Double = .nan) -> JSONLine {
    var line = JSONLine(event: Self.name)
    line.add("step", step)
    line.add("path", path)
    line.add("bytes", bytes)
    line.add("stall_seconds", stallSeconds)
    line.add("weights_sha256", weightsSHA256)
    return line
  }

  /// Whether `line` is this event, written by the run that saved the checkpoint.
  func isTold(by line: Data) -> Bool {
    do {
      let told = try JSONDecoder().decode(Told.self, from: line)
      return told.event == Self.name && told.step == step && told.weightsSHA256 == weightsSHA256
    } catch {
      // Another event, or a line that a crash has cut off.
      return false
    }
  }

  private static let name = "checkpoint"

  private struct Told: Decodable {
    let event: String
    let step: Int
    let weightsSHA256: String

    enum CodingKeys: String, CodingKey {
      case event, step
      case weightsSHA256 = "weights_sha256"
    }
  }
}
