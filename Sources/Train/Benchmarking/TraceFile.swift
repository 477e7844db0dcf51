internal import Foundation

/// The file of a trace: made at once, so that a wrong path is told before the measurement.
struct TraceFile {
  private let path: String

  /// Makes the file, or empties it.
  ///
  /// - Throws: ``StartError`` with the system's reason.
  init(_ path: String) throws(StartError) {
    self.path = path
    try write(Data())
  }

  /// Writes the whole trace.
  func write(_ trace: ChromeTrace) throws(StartError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do {
      data = try encoder.encode(trace)
    } catch {
      preconditionFailure("a trace cannot be encoded: \(error)")
    }
    try write(data)
  }

  private func write(_ data: Data) throws(StartError) {
    do {
      try data.write(to: URL(filePath: path))
    } catch {
      throw StartError(
        "\(path): the trace cannot be written: \(error.reason); choose another --trace",
        exitCode: 74)
    }
  }
}
