import Foundation
import Platform

/// A result that did not reach standard output.
public struct OutputError: Error, Sendable, Equatable {
  /// What to end with: 74, or that of a process ended by SIGPIPE where the reader has gone.
  public let exitCode: Int32
  /// One line for people; nil where they have been told, or where the reader has gone, which is no fault.
  public let message: String?

  /// The reader has closed the pipe, or the terminal is gone.
  static let readerGone = OutputError(exitCode: 128 + SIGPIPE, message: nil)

  /// Standard output was closed when the program was started.
  package static let closed = OutputError(
    exitCode: ExitCode.inputOutput.rawValue,
    message: "standard output is closed; the result had nowhere to go")

  /// The system's refusal `number` of a write or a close.
  package static func refused(_ number: Int32) -> OutputError {
    let reason = unsafe String(cString: strerror(number))
    return OutputError(
      exitCode: ExitCode.inputOutput.rawValue,
      message: "standard output cannot be written: \(reason); make room, or send it elsewhere")
  }

  /// The same, now that people know.
  package var told: OutputError { OutputError(exitCode: exitCode, message: nil) }
}
