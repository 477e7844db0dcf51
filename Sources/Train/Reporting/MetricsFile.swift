internal import Foundation
internal import Synchronization

/// `metrics.jsonl`: one JSON object a line, each line written by one call.
///
/// Several threads append lines. After a resume the later lines of a step count.
final class MetricsFile: Sendable {
  private let path: String
  private let file: Mutex<FileHandle>

  /// Opens the file at `path` for appending.
  ///
  /// A line that a crash cut off is ended first.
  init(path: String) throws(TrainingError) {
    self.path = path
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      let end = try handle.seekToEnd()
      if end > 0 {
        try handle.seek(toOffset: end - 1)
        if try handle.read(upToCount: 1) != Data("\n".utf8) {
          try handle.write(contentsOf: Data("\n".utf8))
        }
      }
      file = Mutex(handle)
    } catch {
      throw Self.failure(path, error)
    }
  }

  /// Appends a line.
  func write(_ line: JSONLine) throws(TrainingError) {
    do {
      try file.withLock { try $0.write(contentsOf: Data((line.text + "\n").utf8)) }
    } catch {
      throw Self.failure(path, error)
    }
  }

  private static func failure(_ path: String, _ error: any Error) -> TrainingError {
    .storage(
      "\(path): cannot be written: \(error.reason); make room or choose another "
        + "--run-dir, then start again to resume")
  }
}
