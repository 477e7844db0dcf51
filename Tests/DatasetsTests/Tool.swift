import Foundation
import TestSupport

/// Programs of the system that tests compare with, such as `xz`.
enum Tool {
  /// Runs the program at `path` to its end.
  ///
  /// - Parameters:
  ///   - path: the program.
  ///   - arguments: its arguments.
  /// - Returns: its standard output.
  /// - Throws: ``ToolError`` if it fails, or Foundation's error if it cannot be started.
  @discardableResult
  static func run(_ path: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let (output, errors) = (Pipe(), try TemporaryFolder())
    let log = try errors.write("", to: "errors")
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ToolError(description: "\(path) failed: \(try errors.text(of: "errors"))")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A program of the system that failed.
struct ToolError: Error, CustomStringConvertible {
  /// Its path and what it wrote to standard error.
  let description: String
}
