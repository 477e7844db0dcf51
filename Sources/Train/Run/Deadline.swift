import Comm
import Configuration
import Foundation
import Platform

/// The moment by which a run has to be over, as the script of a batch job says it.
struct Deadline {
  /// The variable that has it, in seconds since 1970.
  static let variable = "GMLP_TRAIN_DEADLINE"
  /// The variable that has the exit code of a run that has stopped for the deadline.
  ///
  /// An exit code reaches the script from any node; a file may lie where only some can write.
  static let exitCodeVariable = "GMLP_TRAIN_DEADLINE_EXIT_CODE"

  /// The moment.
  let time: ContinuousClock.Instant
  /// The exit code of a run that has stopped for it.
  let exitCode: UInt8

  /// Reads the variables.
  ///
  /// - Throws: `CommandError` for what is no time or no exit code.
  /// - Returns: nil where there is no deadline.
  static func read(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws(CommandError) -> Deadline? {
    guard let text = variables[variable], !text.isEmpty else { return nil }
    guard let seconds = Double(text), seconds > 0, seconds < 1e12 else {
      throw CommandError(
        "\(variable)=\(text): is not a time; give seconds since 1970, as date +%s has them, or unset it",
        exitCode: .usage)
    }
    return Deadline(
      time: .now + .seconds(seconds - Date().timeIntervalSince1970),
      exitCode: try exitCode(variables[exitCodeVariable] ?? ""))
  }

  private static func exitCode(_ text: String) throws(CommandError) -> UInt8 {
    if text.isEmpty { return stoppedCode }
    guard let code = UInt8(text), (1..<128).contains(code) else {
      throw CommandError(
        "\(exitCodeVariable)=\(text): is not an exit code; give a number from 1 to 127, or unset it",
        exitCode: .usage)
    }
    return code
  }

  /// The exit code of a run that was stopped otherwise.
  private static let stoppedCode = UInt8(ExitCode.stopped.rawValue)

  /// With which code all ranks of a stopped run end.
  ///
  /// - Parameters:
  ///   - deadline: what rank zero has read; it alone knows the clock.
  ///   - hasPassed: whether it was the deadline that stopped the run.
  ///   - communication: the ranks.
  /// - Throws: what has ended the communication.
  /// - Returns: the code, the same on all ranks.
  static func exitCode(
    _ deadline: Deadline?, hasPassed: Bool, _ communication: CommunicationThread
  ) throws -> Int32 {
    let own = hasPassed ? deadline?.exitCode ?? stoppedCode : stoppedCode
    let told = try communication.perform { try $0.broadcast([own], from: 0) }
    return Int32(told.first ?? stoppedCode)
  }
}
