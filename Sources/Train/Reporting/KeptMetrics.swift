import Checkpoints
import Foundation

/// What a run that goes on keeps of its `metrics.jsonl`.
package struct KeptMetrics: Sendable, Equatable {
  /// The bytes from the front; nil keeps all.
  var bytes: Int?
  /// The event of the checkpoint that says so, which stands behind those bytes: they were counted before.
  var event: CheckpointEvent?

  /// All, or so many bytes.
  init(bytes: Int? = nil) {
    self.bytes = bytes
  }

  /// What belongs to the steps up to the checkpoint in the folder `path`.
  init(until state: CheckpointState, in path: String) {
    bytes = state.metricsBytes
    event = bytes.map { _ in CheckpointEvent(state, in: path) }
  }

  /// The line in `tail`, with its end, that tells of the checkpoint; nil where there is none.
  func line(in tail: Data) -> Data? {
    guard let event else { return nil }
    return tail.split(separator: UInt8(ascii: "\n")).first(where: event.isTold).map {
      $0 + Data("\n".utf8)
    }
  }
}
