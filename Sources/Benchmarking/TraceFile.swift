import Configuration
import Files
import Foundation
import Platform
import Train

/// The file of a trace: opened at once, so that a wrong path is told before the measurement.
final class TraceFile {
  private let path: String
  /// Whether an empty file was made that is to be removed if no trace comes.
  private var isEmpty: Bool

  /// Makes the file if it is not there; an older trace stays until the new one is written.
  ///
  /// - Throws: ``CommandError`` with the system's reason.
  init(_ path: String) throws(CommandError) {
    let isNew = !FileManager.default.fileExists(atPath: path)
    do {
      if isNew { try Data().write(to: URL(filePath: path)) }
      try FileHandle(forUpdating: URL(filePath: path)).close()
    } catch {
      throw Self.error(path, error)
    }
    self.path = path
    isEmpty = isNew
  }

  deinit {
    guard isEmpty else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      StandardError.write("\(path): cannot be removed: \(error.reason); remove it")
    }
  }

  /// Writes the whole trace.
  func write(_ trace: ChromeTrace) throws(CommandError) {
    do {
      try JSONText.encode(trace, naming: .useDefaultKeys).write(to: URL(filePath: path))
      isEmpty = false
    } catch {
      throw Self.error(path, error)
    }
  }

  private static func error(_ path: String, _ error: any Error) -> CommandError {
    CommandError(
      "\(path): the trace cannot be written: \(error.reason); choose another --trace",
      exitCode: .inputOutput)
  }
}
